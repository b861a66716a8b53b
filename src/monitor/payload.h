// Payload: the process that is supervised, the container's init or an exec session's command.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/event_loop.h"
#include "sys/pidfd.h"

namespace berth::monitor {

class Payload {
 public:
  // The pid that the runtime wrote. It is our child by now (the runtime has ended, we are the subreaper), so the
  // number cannot have been taken by another process.
  static Result<Payload> from_pid_file(const std::string& path);

  [[nodiscard]] const sys::PidFd& process() const noexcept { return process_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  // SIGKILL to its process group, and to itself when it leads none.
  void kill_group() const;
  // Reaps it. ECHILD when the runtime kept it as its own child: its status is unknown then.
  [[nodiscard]] Result<sys::ExitStatus> status() const;

 private:
  explicit Payload(sys::PidFd process) : process_(std::move(process)) {}
  sys::PidFd process_;
};

}  // namespace berth::monitor
