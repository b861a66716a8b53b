// Reaper: a subreaper's duty. Whatever is orphaned below us becomes our child; its zombie must be collected, but
// never that of a process whose status somebody waits for.
#pragma once

#include <memory>

#include "base/result.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class Reaper {
 public:
  // From now on orphans come to us (PR_SET_CHILD_SUBREAPER).
  static Result<std::unique_ptr<Reaper>> start(sys::EventLoop& loop);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // Its zombie stays for its owner (PidFd::reap). 0: nobody's.
  void spare(pid_t pid) noexcept { spared_ = pid; }
  // While nobody knows yet which child is whose, none is reaped.
  void hold(bool on) noexcept { held_ = on; }
  // All zombies that nobody waits for.
  void reap() noexcept;

 private:
  Reaper() = default;
  sys::EventLoop::Handle signal_;
  pid_t spared_ = 0;
  bool held_ = true;
};

}  // namespace berth::supervise
