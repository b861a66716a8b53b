// Only what a namespace of the container's own isolates may be set: anything else would change the host.
#include <algorithm>
#include <array>

#include "spec/sysctl.h"
#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

constexpr std::array<std::string_view, 8> kIpcNames = {
    "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem",
    "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced"};

// No way out of the directory that isolates.
bool has_odd_component(std::string_view path) {
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return true;
  }
  return false;
}

std::optional<NamespaceType> isolating(std::string_view name) {
  if (name.starts_with("net/")) return NamespaceType::network;
  if (name.starts_with("user/")) return NamespaceType::user;
  if (name.starts_with("fs/mqueue/")) return NamespaceType::ipc;
  if (name == "kernel/domainname") return NamespaceType::uts;
  if (std::find(kIpcNames.begin(), kIpcNames.end(), name) != kIpcNames.end()) return NamespaceType::ipc;
  return std::nullopt;
}

Result<void> check_one(const std::string& key, const Linux& linux_config, const Place& at) {
  const std::string name = sysctl_path(key);
  if (has_odd_component(name)) return at.error("expected the name of a sysctl, found a path");
  if (name == "kernel/hostname") return at.error("expected the member hostname to be used instead");
  const auto type = isolating(name);
  if (!type) return at.error("expected a sysctl that a namespace isolates, found one of the host");
  if (!linux_config.has(*type))
    return at.error(
        concat("expected a namespace of type ", to_text(*type), " in linux.namespaces, found none"));
  return {};
}

}  // namespace

Result<void> check_sysctl(const Linux& linux_config, const Place& at) {
  for (const auto& [key, value] : linux_config.sysctl) TRY(check_one(key, linux_config, at.key(key)));
  return {};
}

}  // namespace berth::spec
