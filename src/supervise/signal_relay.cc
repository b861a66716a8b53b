#include "supervise/signal_relay.h"

#include <algorithm>
#include <csignal>

#include "base/log.h"

namespace berth::supervise {

Result<std::unique_ptr<SignalRelay>> SignalRelay::start(sys::EventLoop& loop, int stop_signal) {
  std::unique_ptr<SignalRelay> relay(new SignalRelay);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) {
    const int passed_on = signal == SIGTERM ? stop_signal : signal;
    TRY_ASSIGN(auto handle, loop.on_signal(signal, [raw = relay.get(), passed_on](const signalfd_siginfo&) {
      raw->relay(passed_on);
    }));
    relay->signals_.push_back(std::move(handle));
  }
  return relay;
}

void SignalRelay::aim(const sys::PidFd* process) {
  target_ = process;
  if (target_ == nullptr) return;
  for (const int signal : std::exchange(waiting_, {})) relay(signal);
}

void SignalRelay::relay(int signal) {
  if (target_ != nullptr) {
    if (const auto sent = target_->send_signal(signal); !sent && !sent.error().is(ESRCH))
      log::warning("forward signal: ", sent.error().to_string());
    return;
  }
  if (std::find(waiting_.begin(), waiting_.end(), signal) == waiting_.end()) waiting_.push_back(signal);
}

}  // namespace berth::supervise
