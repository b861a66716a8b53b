#include "supervise/oom_watch.h"

namespace berth::supervise {

Result<std::unique_ptr<OomWatch>> OomWatch::start(sys::EventLoop& loop, const std::string& cgroup_directory,
                                                  std::function<void()> on_oom) {
  TRY_ASSIGN(auto memory, cgroup::MemoryWatch::open(cgroup_directory));
  TRY_ASSIGN(const auto before, memory.read());
  std::unique_ptr<OomWatch> watch(new OomWatch(std::move(memory), before.oom_kill, std::move(on_oom)));
  TRY_ASSIGN(watch->handle_, loop.watch(watch->memory_.fd(), EPOLLPRI,
                                        [raw = watch.get()](std::uint32_t) { raw->changed(); }));
  return watch;
}

OomWatch::OomWatch(cgroup::MemoryWatch watch, std::uint64_t before, std::function<void()> on_oom)
    : memory_(std::move(watch)),
      judge_(
          before,
          [this] {
            const auto events = memory_.read();
            return events ? OomJudge::Count(events->oom_kill) : OomJudge::Count();
          },
          cgroup::machine_oom_kills),
      on_oom_(std::move(on_oom)) {}

void OomWatch::changed() {
  if (judge_.changed()) on_oom_();
  if (judge_.is_blind()) handle_.reset();  // it would be reported for ever
}

void OomWatch::check(bool payload_was_killed) {
  if (judge_.ended(payload_was_killed)) on_oom_();
}

}  // namespace berth::supervise
