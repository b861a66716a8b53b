// SignalRelay: what is asked of the supervisor by signal is asked of the process that it runs.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "sys/event_loop.h"
#include "sys/pidfd.h"

namespace berth::supervise {

class SignalRelay {
 public:
  // SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1 and SIGUSR2. Without a target they are remembered, once each. In the place
  // of SIGTERM the process gets `stop_signal`.
  static Result<std::unique_ptr<SignalRelay>> start(sys::EventLoop& loop, int stop_signal);
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;

  // `process` must outlive the relay or be replaced; null: nobody.
  void aim(const sys::PidFd* process);

 private:
  SignalRelay() = default;
  void relay(int signal);

  const sys::PidFd* target_ = nullptr;
  std::vector<int> waiting_;
  sys::EventLoop::Handle signals_;
};

}  // namespace berth::supervise
