// config.json of an OCI bundle as plain values: runtime-spec 1.3, config.md and config-linux.md.
//
//   TRY_ASSIGN(const spec::Config config, spec::load_config("/bundle"));
//
// Unknown members are ignored, as the spec asks; a wrong type, an unknown word of a closed set and a
// contradiction (validate.h) are errors that name the file, the JSON path, what was expected and what is
// there.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/hooks.h"
#include "spec/linux.h"
#include "spec/mount.h"
#include "spec/process.h"
#include "spec/root.h"

namespace berth::spec {

// The newest version of the specification that we know. We take every version of the same major number.
inline constexpr std::string_view kSpecVersion = "1.3.0";
inline constexpr std::size_t kMaxConfig = 16U << 20U;  // bytes of config.json that are read

struct Config {
  std::string oci_version = std::string(kSpecVersion);
  Process process = {};
  Root root = {};
  std::string hostname = {};
  std::string domainname = {};
  std::vector<Mount> mounts = {};
  Hooks hooks = {};
  std::map<std::string, std::string> annotations = {};
  Linux linux = {};
  friend bool operator==(const Config&, const Config&) = default;
};
// Types only; see parse_config for the rest.
Result<void> decode(const json::Value& value, Config& out);

// Decoded and validated. `name` is what errors call the document.
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view name);
// <bundle>/config.json. ENOENT when there is none.
[[nodiscard]] Result<Config> load_config(const std::string& bundle);

}  // namespace berth::spec
