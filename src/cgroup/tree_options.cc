#include "cgroup/tree_options.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "base/unique_fd.h"
#include "cgroup/tree.h"
#include "sys/file.h"

namespace berth::cgroup {

namespace {

constexpr std::size_t kMountPointField = 4;
constexpr std::size_t kOptionsField = 2;  // after the dash: type, source, options

bool configure(const UniqueFd& tree, unsigned command, const char* key) {
  return ::syscall(SYS_fsconfig, tree.get(), command, key, nullptr, 0) == 0;
}

}  // namespace

std::vector<std::string> tree_options_in(std::string_view mountinfo, std::string_view mount_point) {
  std::vector<std::string> flags;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const auto dash = line.find(" - cgroup2 ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() <= kMountPointField || before[kMountPointField] != mount_point) continue;
    if (after.size() <= kOptionsField) continue;
    flags.clear();  // of several on one place the last one is seen
    for (const std::string_view flag : split(after[kOptionsField], ',')) {
      if (flag != "rw" && flag != "ro" && !flag.empty()) flags.emplace_back(flag);
    }
  }
  return flags;
}

Result<TreeOptions> TreeOptions::read() {
  TreeOptions options;
  auto place = mount_point();
  if (!place) return options;
  options.mount_point_ = std::move(*place);
  TRY_ASSIGN(const std::string mountinfo, sys::read_file("/proc/self/mountinfo"));
  options.flags_ = tree_options_in(mountinfo, options.mount_point_);
  return options;
}

Result<void> TreeOptions::put_back() const {
  if (mount_point_.empty()) return {};
  TRY_ASSIGN(const TreeOptions now, read());
  if (now.flags_ == flags_) return {};
  // The superblock alone: mount(2) with MS_REMOUNT would take flags of the mount, too.
  const UniqueFd tree(
      static_cast<int>(::syscall(SYS_fspick, AT_FDCWD, mount_point_.c_str(), FSPICK_CLOEXEC)));
  if (!tree) return Error::sys("fspick", mount_point_);
  for (const std::string& flag : flags_) {
    if (!configure(tree, FSCONFIG_SET_FLAG, flag.c_str())) return Error::sys("fsconfig", flag);
  }
  if (!configure(tree, FSCONFIG_CMD_RECONFIGURE, nullptr)) return Error::sys("fsconfig", mount_point_);
  return {};
}

}  // namespace berth::cgroup
