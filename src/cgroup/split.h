// The two cgroups under a unit that delegates (Delegate=yes):
//
//   web.service/              no process of its own: cgroup v2 forbids it next to enabled controllers
//     supervisor/             the monitor, whom systemd knows as the main pid
//     container/              the container's, made by the runtime
#pragma once

#include <string>

#include "base/result.h"

namespace berth::cgroup {

inline constexpr const char* kSupervisor = "supervisor";
inline constexpr const char* kContainer = "container";

struct Split {
  std::string unit;                    // directories, absolute on the host
  std::string supervisor;              // we are in it now
  std::string container;               // not made yet
  std::string container_cgroups_path;  // the same as linux.cgroupsPath wants it: from the mount point on
};

// True when our own cgroup was delegated to us: systemd says so in an extended attribute (user.delegate or
// trusted.delegate = 1), or the directory is ours and we are not root.
[[nodiscard]] Result<bool> is_delegated(const std::string& directory);

// Moves us (and whoever else is in the unit's own cgroup) into <unit>/supervisor, then enables every
// controller that the unit has for its children. Safe to call again. EPERM in the root cgroup.
[[nodiscard]] Result<Split> split_unit();

}  // namespace berth::cgroup
