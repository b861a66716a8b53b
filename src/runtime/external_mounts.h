// The mounts of a container whose content is the host's, so that a checkpoint only names them: bind mounts, the host's
// null device over masked files, devices that could not be made. criu(8) --external mnt.
//
// The key of such a mount is where it is in the container, with no link in its path; that of the null device and of
// other devices is the device's own path. runc's checkpoints have the same keys.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "runtime/bundle.h"

namespace berth::runtime {

using MountKeys = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] bool is_bind_mount(const spec::Mount& mount);

// {path, key} in a container that runs; `root` is its root directory. `has_notify_line`: runtime/notify_line.h has added
// its mount.
[[nodiscard]] Result<MountKeys> external_mounts_to_dump(const spec::Config& config, FdRef root,
                                                        bool has_notify_line);
// {key, source on the host}: what needs no look at the container's mounts.
[[nodiscard]] MountKeys devices_to_restore(const spec::Config& config);

}  // namespace berth::runtime
