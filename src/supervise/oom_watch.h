// OomWatch: notices that the kernel killed in the container's cgroup for want of memory, while it runs and at the
// latest at its end.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "cgroup/events.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class OomWatch {
 public:
  // `on_oom` is called at each new kill. ENOENT when there is no memory controller.
  static Result<std::unique_ptr<OomWatch>> start(sys::EventLoop& loop, const std::string& cgroup_directory,
                                                 std::function<void()> on_oom);
  OomWatch(const OomWatch&) = delete;
  OomWatch& operator=(const OomWatch&) = delete;

  // Looks at the counters now (the container has ended; the event may not have been delivered). When the cgroup
  // is gone already, the last event that could not be read counts as a kill if the payload died by SIGKILL.
  void check(bool payload_was_killed);

 private:
  OomWatch(cgroup::MemoryWatch watch, std::function<void()> on_oom);
  void changed();
  [[nodiscard]] bool read();

  cgroup::MemoryWatch memory_;
  std::function<void()> on_oom_;
  std::uint64_t seen_ = 0;
  bool unread_change_ = false;
  sys::EventLoop::Handle handle_;
};

}  // namespace berth::supervise
