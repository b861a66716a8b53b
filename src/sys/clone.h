// clone3(2): a child in new namespaces and in its cgroup from its first instruction, held by a pidfd.
//
// The child is a copy (no CLONE_VM): it returns from the call with pid 0. No atfork handlers run; the caller
// must be single-threaded. glibc has no wrapper for this call.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::sys {

struct Cloned {
  pid_t pid = -1;  // 0 in the child
  UniqueFd pidfd;  // the parent's; invalid in the child
};

// `flags` are CLONE_NEW* and the like; CLONE_PIDFD is added, and CLONE_INTO_CGROUP when `cgroup` is valid (a
// directory of cgroup v2; EBUSY, EACCES, EOPNOTSUPP are its errnos).
[[nodiscard]] Result<Cloned> clone3(std::uint64_t flags, FdRef cgroup = FdRef(-1));

// The same for use where nothing may be allocated: pid, 0 in the child, or -1 with errno.
pid_t raw_clone3(std::uint64_t flags, int cgroup, int* pidfd) noexcept;

}  // namespace berth::sys
