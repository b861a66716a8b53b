#include "runtime/external_mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/text.h"
#include "runtime/mount_options.h"
#include "runtime/notify_line.h"
#include "runtime/plan_mounts.h"
#include "sys/file.h"
#include "sys/root_path.h"

namespace berth::runtime {

namespace {

constexpr const char* kNull = "/dev/null";

// The kernel's name for what `path` leads to, inside of `root`; empty when there is nothing.
Result<std::string> resolve(FdRef root, const std::string& path) {
  const UniqueFd found = sys::open_in_root(root.get(), path.c_str(), O_PATH);
  if (!found) return std::string();
  return sys::read_link(concat("/proc/self/fd/", found.get()));
}

bool is_null_device(FdRef root, const std::string& path) {
  const UniqueFd found = sys::open_in_root(root.get(), path.c_str(), O_PATH);
  struct stat info {};
  return found && ::fstat(found.get(), &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
}

// Without a cgroup namespace the container sees its part of the host's tree.
bool is_host_cgroup(const spec::Config& config, const spec::Mount& mount) {
  const bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
  return is_cgroup && !config.linux.has(spec::NamespaceType::cgroup);
}

}  // namespace

bool is_bind_mount(const spec::Mount& mount) {
  const MountOptions options = parse_mount_options(mount.options);
  return !options.remount && (options.bind || mount.type == "bind");
}

Result<MountKeys> external_mounts_to_dump(const spec::Config& config, FdRef root, bool has_notify_line) {
  MountKeys keys = devices_to_restore(config);
  const auto add = [&](const std::string& path) -> Result<void> {
    TRY_ASSIGN(const std::string real, resolve(root, path));
    if (!real.empty()) keys.emplace_back(real, real);
    return {};
  };
  for (const spec::Mount& mount : config.mounts) {
    if (is_bind_mount(mount) || is_host_cgroup(config, mount)) TRY(add(mount.destination));
  }
  if (has_notify_line) TRY(add(std::string(kNotifyDirectory)));
  for (const std::string& path : config.linux.masked_paths) {
    if (!is_null_device(root, path)) continue;  // missing, or a directory: masked by a file system of its own
    TRY_ASSIGN(std::string real, resolve(root, path));
    keys.emplace_back(std::move(real), kNull);
  }
  return keys;
}

MountKeys devices_to_restore(const spec::Config& config) {
  init::RootPlan root;
  plan_devices(config, config.linux.find(spec::NamespaceType::user) != nullptr, root);
  MountKeys keys;
  keys.reserve(root.devices.size());
  for (const init::DevicePlan& device : root.devices)
    keys.emplace_back(device.path, device.host_path.empty() ? device.path : device.host_path);
  return keys;
}

}  // namespace berth::runtime
