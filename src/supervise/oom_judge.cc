#include "supervise/oom_judge.h"

#include <utility>

namespace berth::supervise {

bool OomJudge::is_news(std::uint64_t kills) noexcept {
  return std::exchange(seen_, kills) < kills;
}

bool OomJudge::changed() {
  const Count machine = machine_();  // first: a kill in between is in neither count otherwise
  const Count kills = cgroup_();
  unread_change_ = !kills;
  if (!kills) return false;
  machine_then_ = machine;
  return is_news(*kills);
}

bool OomJudge::ended(bool payload_was_killed) {
  const Count kills = cgroup_();
  if (kills) return is_news(*kills);
  if (!payload_was_killed) return false;
  if (unread_change_) return true;
  const Count machine_now = machine_then_ ? machine_() : Count();
  return machine_now && *machine_now > *machine_then_;
}

}  // namespace berth::supervise
