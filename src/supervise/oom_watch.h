// OomWatch: notices that the kernel killed in the container's cgroup for want of memory, while it runs and at the
// latest at its end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "cgroup/events.h"
#include "supervise/oom_judge.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class OomWatch {
 public:
  // `on_oom` is called at each new kill. ENOENT when there is no memory controller.
  static Result<std::unique_ptr<OomWatch>> start(sys::EventLoop& loop, const std::string& cgroup_directory,
                                                 std::function<void()> on_oom);
  OomWatch(const OomWatch&) = delete;
  OomWatch& operator=(const OomWatch&) = delete;

  // Looks at the counters now (the container has ended; the event may not have been delivered), also when the cgroup
  // is gone already (OomJudge).
  void check(bool payload_was_killed);

 private:
  OomWatch(cgroup::MemoryWatch watch, std::uint64_t before, std::function<void()> on_oom);
  void changed();

  cgroup::MemoryWatch memory_;
  OomJudge judge_;
  std::function<void()> on_oom_;
  sys::EventLoop::Handle handle_;
};

}  // namespace berth::supervise
