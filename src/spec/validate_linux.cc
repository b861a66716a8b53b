#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

constexpr std::size_t kInterfaceNameMax = 15;  // IFNAMSIZ without the NUL

Result<void> check_paths(const std::vector<std::string>& paths, const Linux& linux_config, const Place& at) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!paths[i].starts_with('/')) return at.element(i).expected("an absolute path", paths[i]);
  }
  if (!paths.empty() && !linux_config.has(NamespaceType::mount))
    return at.error("expected a namespace of type mount in linux.namespaces, found none");
  return {};
}

Result<void> check_devices(const std::vector<Device>& devices, const Place& at) {
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Device& device = devices[i];
    if (!device.path.starts_with('/'))
      return at.element(i).member("path").expected("an absolute path", device.path);
    if (device.type == DeviceType::fifo) continue;
    if (device.major < 0) return at.element(i).member("major").expected("a device number", device.major);
    if (device.minor < 0) return at.element(i).member("minor").expected("a device number", device.minor);
  }
  return {};
}

bool is_interface_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kInterfaceNameMax || name == "." || name == "..") return false;
  return name.find_first_of("/: \t\n\v\f\r") == std::string_view::npos;
}

Result<void> check_net_devices(const Linux& linux_config, const Place& at) {
  if (linux_config.net_devices.empty()) return {};
  if (!linux_config.has(NamespaceType::network))
    return at.error("expected a namespace of type network in linux.namespaces, found none");
  std::map<std::string_view, int> used;
  for (const auto& [host, device] : linux_config.net_devices) {
    const std::string& name = device.name.empty() ? host : device.name;
    if (!is_interface_name(host)) return at.key(host).error("expected the name of a network interface");
    if (!is_interface_name(name))
      return at.key(host).member("name").expected("the name of a network interface", name);
    if (++used[name] > 1) return at.key(host).member("name").expected("each name once", name);
  }
  return {};
}

bool wants_nodes(MemoryPolicyMode mode) noexcept {
  return mode == MemoryPolicyMode::bind || mode == MemoryPolicyMode::interleave ||
         mode == MemoryPolicyMode::weighted_interleave || mode == MemoryPolicyMode::preferred_many;
}

Result<void> check_memory_policy(const MemoryPolicy& policy, const Place& at) {
  const bool none = policy.mode == MemoryPolicyMode::default_policy || policy.mode == MemoryPolicyMode::local;
  if (none && !policy.nodes.empty())
    return at.member("nodes").expected(concat("none with ", to_text(policy.mode)), policy.nodes);
  if (wants_nodes(policy.mode) && policy.nodes.empty())
    return at.member("nodes").error(
        concat("expected a list of nodes with ", to_text(policy.mode), ", found none"));
  if (!policy.nodes.empty() && !is_cpu_list(policy.nodes))
    return at.member("nodes").expected("a list of nodes like 0-3,7", policy.nodes);
  bool relative = false;
  bool fixed = false;
  for (const MemoryPolicyFlag flag : policy.flags) {
    relative = relative || flag == MemoryPolicyFlag::relative_nodes;
    fixed = fixed || flag == MemoryPolicyFlag::static_nodes;
  }
  if (relative && fixed)
    return at.member("flags").error(
        "expected one of MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES, found both");
  return {};
}

Result<void> check_intel_rdt(const IntelRdt& rdt, const Place& at) {
  if (rdt.clos_id == "." || rdt.clos_id == ".." || rdt.clos_id.find('/') != std::string::npos)
    return at.member("closID").expected("a name without slashes", rdt.clos_id);
  return {};
}

}  // namespace

Result<void> check_linux(const Linux& linux_config, const Place& at) {
  TRY(check_namespaces(linux_config, at));
  TRY(check_devices(linux_config.devices, at.member("devices")));
  TRY(check_net_devices(linux_config, at.member("netDevices")));
  TRY(check_resources(linux_config.resources, at.member("resources")));
  if (linux_config.seccomp) TRY(check_seccomp(*linux_config.seccomp, at.member("seccomp")));
  TRY(check_sysctl(linux_config, at.member("sysctl")));
  TRY(check_paths(linux_config.masked_paths, linux_config, at.member("maskedPaths")));
  TRY(check_paths(linux_config.readonly_paths, linux_config, at.member("readonlyPaths")));
  if (linux_config.memory_policy)
    TRY(check_memory_policy(*linux_config.memory_policy, at.member("memoryPolicy")));
  if (linux_config.intel_rdt) TRY(check_intel_rdt(*linux_config.intel_rdt, at.member("intelRdt")));
  if (linux_config.personality && !linux_config.personality->flags.empty())
    return at.member("personality.flags")
        .expected("none: the specification defines no flag", linux_config.personality->flags.front());
  return {};
}

}  // namespace berth::spec
