// Id-mapped mounts: the files of a bind mount shown through another user namespace's mapping. mount_setattr(2).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "spec/id_mapping.h"

namespace berth::runtime {

// A user namespace that has nothing but its mapping; it lives as long as the descriptor.
Result<UniqueFd> make_user_namespace(const std::vector<spec::IdMapping>& uids,
                                     const std::vector<spec::IdMapping>& gids);

// A detached copy of the mount at `source`, mapped. Made by us and not by the container's init: it needs our
// privileges over the filesystem. EINVAL where the filesystem cannot be mapped (or is mapped already).
Result<UniqueFd> make_mapped_mount(const std::string& source, FdRef user_namespace, bool recursive,
                                   bool map_recursively);

}  // namespace berth::runtime
