#include "runtime/events.h"

#include "base/text.h"
#include "cgroup/events.h"
#include "cgroup/stats.h"
#include "cgroup/stats_json.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"
#include "sys/event_loop.h"

namespace berth::runtime {

namespace {

using Print = std::function<Result<void>(std::string_view)>;

Result<contract::ContainerRecord> record_of_live(const std::string& root, const std::string& id) {
  TRY_ASSIGN(auto record, read_record(root, id));
  TRY_ASSIGN(const auto status, status_of(root, record));
  const std::string object = concat("container ", id);
  if (status == contract::Status::stopped)
    return Error::invalid(object, concat("expected it to be running, found it ", to_text(status)));
  if (record.cgroup.empty()) return Error::invalid(object, "has no cgroup that could be measured", ENOTSUP);
  return record;
}

Result<std::string> stats_of(const contract::ContainerRecord& record) {
  TRY_ASSIGN(const auto stats, cgroup::read_stats(record.cgroup));
  json::Writer out;
  out.begin_object().member("type", "stats").member("id", record.id).key("data");
  encode(out, stats);
  out.end_object();
  return std::move(out).text();
}

std::string oom_line(const std::string& id) {
  json::Writer out;
  out.begin_object().member("type", "oom").member("id", id).end_object();
  return std::move(out).text();
}

// One run of follow_events: the first failure ends the loop and is kept.
class Follower {
 public:
  Follower(sys::EventLoop& loop, const contract::ContainerRecord& record, const Print& print)
      : loop_(loop), record_(record), print_(print) {}

  void stats() {
    const auto line = stats_of(record_);
    // The cgroup goes with the container: that is the end, and no failure.
    if (!line) return loop_.stop();
    emit(*line);
  }

  void memory(cgroup::MemoryWatch& watch) {
    const auto before = watch.last().oom_kill;
    const auto now = watch.read();
    if (!now) return loop_.stop();
    for (auto count = before; count < now->oom_kill; ++count) emit(oom_line(record_.id));
  }

  [[nodiscard]] Result<void> result() && { return std::move(result_); }

 private:
  void emit(std::string_view line) {
    result_ = print_(line);
    if (!result_) loop_.stop();
  }

  sys::EventLoop& loop_;
  const contract::ContainerRecord& record_;
  const Print& print_;
  Result<void> result_;
};

}  // namespace

Result<std::string> stats_line(const std::string& root, const std::string& id) {
  TRY_ASSIGN(const auto record, record_of_live(root, id));
  return stats_of(record);
}

Result<void> follow_events(const std::string& root, const std::string& id, std::chrono::nanoseconds interval,
                           const Print& print) {
  TRY_ASSIGN(const auto record, record_of_live(root, id));
  TRY_ASSIGN(const auto init, open_init(record));
  TRY_ASSIGN(const auto loop, sys::EventLoop::make());
  Follower follower(*loop, record, print);
  TRY_ASSIGN(const auto ended, loop->watch(init.fd(), EPOLLIN, [&](std::uint32_t) { loop->stop(); }));
  TRY_ASSIGN(const auto tick, loop->every(interval, [&] { follower.stats(); }));
  auto memory = cgroup::MemoryWatch::open(record.cgroup);
  sys::EventLoop::Handle out_of_memory;
  if (memory) {  // without the controller there is no such event
    TRY_ASSIGN(const auto before, memory->read());
    static_cast<void>(before);  // what happened earlier is not news
    TRY_ASSIGN(out_of_memory,
               loop->watch(memory->fd(), EPOLLPRI, [&](std::uint32_t) { follower.memory(*memory); }));
  }
  TRY(loop->run());
  return std::move(follower).result();
}

}  // namespace berth::runtime
