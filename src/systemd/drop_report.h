// DropReport: says that messages are dropped, once at the start of a burst and once, with their number, at
// its end.
//
// A container can send without end; the log must not grow with it. No timer runs while nothing is dropped.
#pragma once

#include <array>

#include "sys/event_loop.h"
#include "systemd/notify_message.h"

namespace berth::systemd {

class DropReport {
 public:
  explicit DropReport(sys::EventLoop& loop) : loop_(loop) {}
  DropReport(const DropReport&) = delete;
  DropReport& operator=(const DropReport&) = delete;
  void add(NotifyDrop drop);

 private:
  void end_burst();

  sys::EventLoop& loop_;
  std::array<unsigned, kNotifyDrops> burst_{};
  sys::EventLoop::Handle timer_;
};

}  // namespace berth::systemd
