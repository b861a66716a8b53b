#include "supervise/oom_watch.h"

#include <utility>

namespace berth::supervise {

Result<std::unique_ptr<OomWatch>> OomWatch::start(sys::EventLoop& loop, const std::string& cgroup_directory,
                                                  std::function<void()> on_oom) {
  TRY_ASSIGN(auto memory, cgroup::MemoryWatch::open(cgroup_directory));
  std::unique_ptr<OomWatch> watch(new OomWatch(std::move(memory), std::move(on_oom)));
  // Kills of a former container in the same cgroup are not ours.
  TRY_ASSIGN(const auto before, watch->memory_.read());
  watch->seen_ = before.oom_kill;
  TRY_ASSIGN(watch->handle_, loop.watch(watch->memory_.fd(), EPOLLPRI,
                                        [raw = watch.get()](std::uint32_t) { raw->changed(); }));
  return watch;
}

OomWatch::OomWatch(cgroup::MemoryWatch watch, std::function<void()> on_oom)
    : memory_(std::move(watch)), on_oom_(std::move(on_oom)) {}

void OomWatch::changed() {
  if (read()) return;
  // Removed: it would be reported for ever.
  unread_change_ = true;
  handle_.reset();
}

bool OomWatch::read() {
  const auto events = memory_.read();
  if (!events) return false;
  if (std::exchange(seen_, events->oom_kill) < events->oom_kill) on_oom_();
  return true;
}

void OomWatch::check(bool payload_was_killed) {
  if (!read() && unread_change_ && payload_was_killed) on_oom_();
}

}  // namespace berth::supervise
