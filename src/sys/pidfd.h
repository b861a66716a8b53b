// Processes by descriptor: pidfd_open(2), pidfd_send_signal(2), waitid(2) with P_PIDFD.
//
// A pid can be reused by the kernel the moment its process is reaped; a pidfd never names another process.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::sys {

// How a process ended. code(): the shell's convention, 128 + signal when a signal ended it.
struct ExitStatus {
  int exit_code = 0;  // valid when signal == 0
  int signal = 0;
  bool core_dumped = false;
  [[nodiscard]] int code() const noexcept { return signal != 0 ? 128 + signal : exit_code; }
  static ExitStatus from_siginfo(const siginfo_t& info) noexcept;
};

class PidFd {
 public:
  PidFd() = default;
  PidFd(UniqueFd fd, pid_t pid) noexcept : fd_(std::move(fd)), pid_(pid) {}
  // ESRCH when there is no such process.
  static Result<PidFd> open(pid_t pid);

  [[nodiscard]] FdRef fd() const noexcept { return fd_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }  // for printing
  [[nodiscard]] bool valid() const noexcept { return fd_.valid(); }

  // ESRCH when the process has been reaped.
  [[nodiscard]] Result<void> send_signal(int signal) const;
  // True once the process has ended (a zombie counts), whoever its parent is. Waits up to `timeout_ms`, -1
  // for ever.
  [[nodiscard]] Result<bool> wait_exit(int timeout_ms) const;
  // Reaps our own child; nullopt when it still runs and `hang` is false. ECHILD when it is not ours.
  [[nodiscard]] Result<std::optional<ExitStatus>> reap(bool hang) const;

 private:
  UniqueFd fd_;
  pid_t pid_ = -1;
};

}  // namespace berth::sys
