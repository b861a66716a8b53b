// Writing limits into a cgroup. Internal to src/cgroup.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cgroup/controllers.h"
#include "cgroup/settings.h"

namespace berth::cgroup {

// `has`: what the cgroup `path` (open as `directory`) has, for the words of an error.
[[nodiscard]] Result<void> apply_limits(FdRef directory, const std::string& path, ControllerSet has,
                                        const spec::Resources& resources);

// Two pairs of members make one value in v2: quota and period, memory and swap. Where only one of a pair is to change,
// the other is what is in force.
[[nodiscard]] spec::Resources completed(FdRef directory, spec::Resources resources);

// `fresh`: the cgroup was just made, so nothing is attached that would have to be replaced. Without privilege
// (`rootless`) there is no filter: the user's own rights are the limit then.
[[nodiscard]] Result<void> filter_devices(FdRef directory, const std::vector<spec::DeviceRule>& rules,
                                          bool fresh, bool rootless);

}  // namespace berth::cgroup
