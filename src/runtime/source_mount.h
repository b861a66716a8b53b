// The source of a bind mount that the container's init may not reach: root of a new user namespace is somebody who owns
// nothing on the host, and engines keep files that they mount (/etc/hosts) in directories that only root may search.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::runtime {

// Everybody may search the directories on the way to `path`.
[[nodiscard]] bool is_reachable_by_all(const std::string& path);

// A detached copy of the mount at `source`, made by us. As in any mount namespace of another user namespace, nothing that is
// mounted below it there comes back to the host. Unlike there, its flags are not locked (mount_namespaces(7)): for
// sources only that cannot be had otherwise. EPERM: we are not privileged.
Result<UniqueFd> make_source_mount(const std::string& source, bool recursive);

}  // namespace berth::runtime
