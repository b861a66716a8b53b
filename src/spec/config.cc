#include "spec/config.h"

#include "spec/validate.h"
#include "sys/file.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Config& out) {
  TRY(json::read_required(value, "ociVersion", out.oci_version));
  TRY(json::read_required(value, "process", out.process));
  TRY(json::read_required(value, "root", out.root));
  TRY(json::read(value, "hostname", out.hostname));
  TRY(json::read(value, "domainname", out.domainname));
  TRY(json::read(value, "mounts", out.mounts));
  TRY(json::read(value, "hooks", out.hooks));
  TRY(json::read(value, "annotations", out.annotations));
  TRY(json::read(value, "linux", out.linux));
  return {};
}

Result<Config> parse_config(std::string_view text, std::string_view name) {
  TRY_ASSIGN(const auto document, json::Document::parse(text, name));
  Config config;
  // The version first: what a future one means by a member is not for us to judge.
  TRY(json::read_required(document.root(), "ociVersion", config.oci_version));
  const std::string prefix = concat(name, ": ");
  TRY(validate_version(config.oci_version, prefix));
  TRY(decode(document.root(), config));
  TRY(validate(config, prefix));
  return config;
}

Result<Config> load_config(const std::string& bundle) {
  const std::string path = concat(bundle, "/config.json");
  TRY_ASSIGN(const std::string text, sys::read_file(path, kMaxConfig));
  return parse_config(text, "config.json");
}

}  // namespace berth::spec
