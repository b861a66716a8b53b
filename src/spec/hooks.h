// config.md "POSIX-platform Hooks": the six kinds, in the order in which they run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/value.h"
#include "json/writer.h"

namespace berth::spec {

struct Hook {
  std::string path = {};
  std::vector<std::string> args = {};  // argv, args[0] included
  std::vector<std::string> env = {};   // the whole environment
  std::optional<int> timeout = {};     // seconds, above zero
  friend bool operator==(const Hook&, const Hook&) = default;
};
Result<void> decode(const json::Value& value, Hook& out);
void encode(json::Writer& out, const Hook& hook);

struct Hooks {
  std::vector<Hook> prestart = {};  // deprecated by the spec, used by nvidia and others
  std::vector<Hook> create_runtime = {};
  std::vector<Hook> create_container = {};
  std::vector<Hook> start_container = {};
  std::vector<Hook> poststart = {};
  std::vector<Hook> poststop = {};
  [[nodiscard]] bool empty() const noexcept;
  friend bool operator==(const Hooks&, const Hooks&) = default;
};
Result<void> decode(const json::Value& value, Hooks& out);
void encode(json::Writer& out, const Hooks& hooks);

}  // namespace berth::spec
