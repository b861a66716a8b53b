// The v2 tree of this machine: where it is mounted, where we are in it, which controllers it has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace berth::cgroup {

// The mount point of cgroup2: /sys/fs/cgroup, or …/unified on a hybrid host. ENOENT without one.
[[nodiscard]] Result<std::string> mount_point();
// The same from the text of a /proc/self/mountinfo.
[[nodiscard]] Result<std::string> mount_point_in(std::string_view mountinfo);

// Our own cgroup as /proc/self/cgroup has it ("/user.slice/…"), and as a directory below the mount point.
[[nodiscard]] Result<std::string> own_path();
[[nodiscard]] Result<std::string> own_directory();
// The cgroup of any process, as a directory.
[[nodiscard]] Result<std::string> directory_of(pid_t pid);

// The words of <directory>/cgroup.controllers.
[[nodiscard]] Result<std::vector<std::string>> controllers(const std::string& directory);

}  // namespace berth::cgroup
