#include "supervise/signal_relay.h"

#include <algorithm>
#include <csignal>

#include "base/log.h"

namespace berth::supervise {

Result<std::unique_ptr<SignalRelay>> SignalRelay::start(sys::EventLoop& loop, int stop_signal) {
  std::unique_ptr<SignalRelay> relay(new SignalRelay);
  const auto pass_on = [raw = relay.get(), stop_signal](const signalfd_siginfo& info) {
    raw->relay(info.ssi_signo == SIGTERM ? stop_signal : static_cast<int>(info.ssi_signo));
  };
  TRY_ASSIGN(relay->signals_, loop.on_signals({SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}, pass_on));
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
