#include "sys/pidfd.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace berth::sys {

ExitStatus ExitStatus::from_siginfo(const siginfo_t& info) noexcept {
  if (info.si_code == CLD_EXITED) return {.exit_code = info.si_status};
  return {.signal = info.si_status, .core_dumped = info.si_code == CLD_DUMPED};
}

Result<PidFd> PidFd::open(pid_t pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return Error::sys("pidfd_open", concat(pid));
  return PidFd(std::move(fd), pid);
}

Result<void> PidFd::send_signal(int signal) const {
  if (::syscall(SYS_pidfd_send_signal, fd_.get(), signal, nullptr, 0) < 0) {
    return Error::sys("pidfd_send_signal", concat("process ", pid_));
  }
  return {};
}

Result<bool> PidFd::wait_exit(int timeout_ms) const {
  pollfd poll{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  int ready = ::poll(&poll, 1, timeout_ms);
  while (ready < 0 && errno == EINTR) ready = ::poll(&poll, 1, timeout_ms);
  if (ready < 0) return Error::sys("poll", concat("process ", pid_));
  return ready > 0;
}

Result<std::optional<ExitStatus>> PidFd::reap(bool hang) const {
  siginfo_t info{};
  const int options = WEXITED | (hang ? 0 : WNOHANG);
  int result = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(fd_.get()), &info, options);
  while (result < 0 && errno == EINTR) {
    result = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(fd_.get()), &info, options);
  }
  if (result < 0) return Error::sys("waitid", concat("process ", pid_));
  if (info.si_pid == 0) return std::optional<ExitStatus>();
  return std::optional(ExitStatus::from_siginfo(info));
}

}  // namespace berth::sys
