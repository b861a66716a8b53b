#include "spec/validate.h"

#include <array>

#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

constexpr std::size_t kHostNameMax = 64;  // sethostname(2), __NEW_UTS_LEN

// Splits "1.3.0-rc1+build" into its three numbers; false when it is no semantic version.
bool parse_version(std::string_view text, std::array<unsigned, 3>& numbers) {
  const std::string_view core = text.substr(0, text.find_first_of("-+"));
  const auto parts = split(core, '.');
  if (parts.size() != numbers.size()) return false;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = parse_number<unsigned>(parts[i]);
    if (!number) return false;
    numbers[i] = *number;
  }
  return true;
}

Result<void> check_name(const std::string& name, const Linux& linux_config, const Place& at) {
  if (name.empty()) return {};
  if (name.size() > kHostNameMax)
    return at.expected(concat("at most ", kHostNameMax, " bytes"), static_cast<std::int64_t>(name.size()));
  if (!linux_config.has(NamespaceType::uts))
    return at.error("expected a namespace of type uts in linux.namespaces, found none");
  return {};
}

Result<void> check_mount(const Mount& mount, const Place& at) {
  // A relative destination is taken from the root: kubelet hands such ones down, runc and crun take them.
  if (mount.destination.empty()) return at.member("destination").error("expected a path, found \"\"");
  TRY(check_mappings(mount.uid_mappings, at.member("uidMappings")));
  TRY(check_mappings(mount.gid_mappings, at.member("gidMappings")));
  if (mount.uid_mappings.empty() != mount.gid_mappings.empty())
    return at.error("expected both uidMappings and gidMappings or neither, found one");
  return {};
}

Result<void> check_mounts(const std::vector<Mount>& mounts, const Place& at) {
  for (std::size_t i = 0; i < mounts.size(); ++i) TRY(check_mount(mounts[i], at.element(i)));
  return {};
}

Result<void> check_mapped(std::uint32_t id, const std::vector<IdMapping>& mappings, const Place& at,
                          std::string_view list) {
  if (to_host(mappings, id)) return {};
  return at.expected(concat("an id that ", list, " maps"), static_cast<std::int64_t>(id));
}

// A process in a new user namespace can only be somebody who exists there.
Result<void> check_user_is_mapped(const Config& config, const Place& at) {
  const Namespace* user = config.linux.find(NamespaceType::user);
  if (user == nullptr || !user->path.empty()) return {};
  const Place process = at.member("process.user");
  TRY(check_mapped(config.process.user.uid, config.linux.uid_mappings, process.member("uid"),
                   "linux.uidMappings"));
  return check_mapped(config.process.user.gid, config.linux.gid_mappings, process.member("gid"),
                      "linux.gidMappings");
}

}  // namespace

Result<void> validate_version(std::string_view version, std::string_view prefix) {
  const Place at = Place(prefix).member("ociVersion");
  std::array<unsigned, 3> numbers{};
  if (!parse_version(version, numbers)) return at.expected(concat("a version like ", kSpecVersion), version);
  if (numbers[0] != 1) return at.expected("version 1 of the specification", version);
  return {};
}

Result<void> validate(const Process& process, std::string_view prefix) {
  return check_process(process, Place(prefix));
}

Result<void> validate(const Resources& resources, std::string_view name) {
  return check_resources(resources, Place({}, std::string(name)));
}

Result<void> validate(const Config& config, std::string_view prefix) {
  const Place at(prefix);
  TRY(validate_version(config.oci_version, prefix));
  TRY(check_process(config.process, at.member("process")));
  if (config.root.path.empty()) return at.member("root.path").error("expected a path, found \"\"");
  TRY(check_name(config.hostname, config.linux, at.member("hostname")));
  TRY(check_name(config.domainname, config.linux, at.member("domainname")));
  TRY(check_mounts(config.mounts, at.member("mounts")));
  TRY(check_hooks(config.hooks, at.member("hooks")));
  if (config.annotations.contains(""))
    return at.member("annotations").error("expected keys that are not empty, found \"\"");
  TRY(check_linux(config.linux, at.member("linux")));
  return check_user_is_mapped(config, at);
}

}  // namespace berth::spec
