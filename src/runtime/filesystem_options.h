// The options of a mount that are its filesystem's: mount(8) "FILESYSTEM-SPECIFIC MOUNT OPTIONS".
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/init/plan.h"

namespace berth::runtime {

// For a new filesystem: adds the SELinux context `label` (linux.mountLabel; empty: none), and prepares mount(2) where an
// option is longer than fsconfig(2) takes. EINVAL when even that has no room for them.
[[nodiscard]] Result<void> plan_filesystem_options(const std::string& label, init::MountPlan& plan);

// A bind mount or a remount makes no filesystem, so there is nobody who would read them: EINVAL names the first. Comments
// ("x-…") and what mount(2) ignores there as well (sync and the like) pass.
[[nodiscard]] Result<void> check_no_filesystem_options(const init::MountPlan& plan);

// EINVAL with `member` when it is set and the kernel has no SELinux that is on.
[[nodiscard]] Result<void> check_label(const std::string& member, const std::string& label);

}  // namespace berth::runtime
