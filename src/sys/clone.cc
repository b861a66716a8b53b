#include "sys/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace berth::sys {

// The kernel writes to *pidfd, by the address that clone_args carries as a number.
// NOLINTNEXTLINE(readability-non-const-parameter)
pid_t raw_clone3(std::uint64_t flags, int cgroup, int* pidfd) noexcept {
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  args.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;  // with CLONE_PARENT it is inherited
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
}

Result<Cloned> clone3(std::uint64_t flags, FdRef cgroup) {
  int pidfd = -1;
  const pid_t pid = raw_clone3(flags, cgroup.get(), &pidfd);
  if (pid < 0) return Error::sys("clone3");
  return Cloned{pid, UniqueFd(pid == 0 ? -1 : pidfd)};
}

}  // namespace berth::sys
