// HostCheck: asks, once, whether the service manager takes what we tell it, and says so if not.
//
//   us ──READY=1──> host            forwarded, or our own
//      ──BARRIER=1 + fd──>          closed by a host that reads
//   a copy of us ──GetUnitByPID, NotifyAccess, MainPID──> systemd's private socket, ≤ kAnswerBound
//
// The question is put by a short-lived copy of ours: the payload's output never waits for systemd, and what the answer
// took of memory is gone with it. A host that is no systemd is only asked to read.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/unique_fd.h"
#include "sys/event_loop.h"
#include "systemd/notify_proxy.h"

namespace berth::monitor {

class HostCheck {
 public:
  static constexpr auto kReadBound = std::chrono::seconds(10);
  static constexpr auto kAnswerBound = std::chrono::seconds(20);
  static constexpr int kAttempts = 5;
  static constexpr auto kAttemptPause = std::chrono::seconds(1);

  // `say` gets each refusal in words.
  using Say = std::function<void(const std::string&)>;
  HostCheck(sys::EventLoop& loop, systemd::NotifyProxy& proxy, systemd::NotifyAddress host, Say say)
      : loop_(loop), proxy_(proxy), host_(std::move(host)), say_(std::move(say)) {}
  HostCheck(const HostCheck&) = delete;
  HostCheck& operator=(const HostCheck&) = delete;

  // After READY=1 may have gone to the host; the second call and those behind it do nothing.
  void begin();

 private:
  void ask_manager();
  void hear();

  sys::EventLoop& loop_;
  systemd::NotifyProxy& proxy_;
  systemd::NotifyAddress host_;
  Say say_;
  bool begun_ = false;
  UniqueFd answer_;  // the refusal in words, or nothing
  sys::EventLoop::Handle answered_;
};

}  // namespace berth::monitor
