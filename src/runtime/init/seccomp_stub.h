// The first instructions of a filter: what libseccomp cannot say.
//
// ENOSYS for syscalls that are newer than the profile.
//
// A profile lists what it allows; a syscall invented after it was written falls to the default action. With an errno
// of EPERM there, a C library takes the call for forbidden and gives up, where ENOSYS would make it fall back to an
// older one. So numbers above the highest that the profile names (for that architecture) give ENOSYS. The idea is
// runc's.
#pragma once

#include <cstdint>
#include <vector>

#include "spec/seccomp.h"

namespace berth::runtime::init {

struct NewestSyscall {
  std::uint32_t arch = 0;  // AUDIT_ARCH_*, which is also libseccomp's token
  std::uint32_t number = 0;
};

// Only an errno other than ENOSYS as the default action needs it.
[[nodiscard]] bool wants_stub(const spec::Seccomp& seccomp) noexcept;

// The highest number that any rule names, for each architecture that has one.
[[nodiscard]] std::vector<NewestSyscall> newest_syscalls(const spec::Seccomp& seccomp,
                                                         const std::vector<std::uint32_t>& architectures);

// A rule about a call that libseccomp does not know: compared by its number before the filter of libseccomp's runs.
struct DirectRule {
  std::uint32_t arch = 0;    // AUDIT_ARCH_*
  std::uint32_t number = 0;  // as in seccomp_data, with the bit of x32
  std::uint32_t action = 0;  // SECCOMP_RET_*
};
// x32 shares the token of x86_64 in seccomp_data; libseccomp has one of its own for it.
[[nodiscard]] std::uint32_t audit_arch(std::uint32_t token) noexcept;

// Both are pure.
[[nodiscard]] std::vector<std::uint64_t> with_direct_rules(const std::vector<std::uint64_t>& program,
                                                           const std::vector<DirectRule>& rules);
[[nodiscard]] std::vector<std::uint64_t> with_stub(const std::vector<std::uint64_t>& program,
                                                   const std::vector<NewestSyscall>& newest);

}  // namespace berth::runtime::init
