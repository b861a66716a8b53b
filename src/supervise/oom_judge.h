// OomJudge: whether the kernel killed for want of memory, from counters that may be gone when they are looked at.
//
// memory.events of the cgroup counts each kill, but whoever manages the cgroup removes it as soon as it is empty, and then
// it cannot be read any more (ENODEV). What is left are three marks: the payload died by SIGKILL, a change was reported
// that nobody could read, and the machine's own count of such kills (/proc/vmstat) has grown since the last change that
// was read. The last one is needed because the kernel holds a report back for 10 ms after the one before (reaching the
// limit is one), and forgets it when the cgroup goes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace berth::supervise {

class OomJudge {
 public:
  using Count = std::optional<std::uint64_t>;  // nothing: it could not be read
  using Counter = std::function<Count()>;

  // `before`: kills of a former container in the same cgroup, which are not ours. `cgroup` and `machine` are asked when
  // needed.
  OomJudge(std::uint64_t before, Counter cgroup, Counter machine)
      : seen_(before), cgroup_(std::move(cgroup)), machine_(std::move(machine)) {}

  // A change was reported. True: a kill that is news.
  [[nodiscard]] bool changed();
  // The payload has ended. True: a kill that is news.
  [[nodiscard]] bool ended(bool payload_was_killed);
  // The last change could not be read: the cgroup is gone.
  [[nodiscard]] bool is_blind() const noexcept { return unread_change_; }

 private:
  [[nodiscard]] bool is_news(std::uint64_t kills) noexcept;

  std::uint64_t seen_;
  Counter cgroup_;
  Counter machine_;
  Count machine_then_;  // just before the last change that was read
  bool unread_change_ = false;
};

}  // namespace berth::supervise
