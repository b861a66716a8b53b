// config.md "process.scheduler", "process.ioPriority", "process.execCPUAffinity"; sched_setattr(2),
// ioprio_set(2).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/enum_text.h"

namespace berth::spec {

enum class SchedulerPolicy : std::uint8_t { other, fifo, round_robin, batch, iso, idle, deadline };
constexpr EnumNames<SchedulerPolicy, 7> names(SchedulerPolicy /*policy*/) {
  return {{{SchedulerPolicy::other, "SCHED_OTHER"},
           {SchedulerPolicy::fifo, "SCHED_FIFO"},
           {SchedulerPolicy::round_robin, "SCHED_RR"},
           {SchedulerPolicy::batch, "SCHED_BATCH"},
           {SchedulerPolicy::iso, "SCHED_ISO"},
           {SchedulerPolicy::idle, "SCHED_IDLE"},
           {SchedulerPolicy::deadline, "SCHED_DEADLINE"}}};
}

// The enumerators are the kernel's SCHED_FLAG_ bits.
enum class SchedulerFlag : std::uint8_t {
  reset_on_fork = 0x01,
  reclaim = 0x02,
  deadline_overrun = 0x04,
  keep_policy = 0x08,
  keep_params = 0x10,
  util_clamp_min = 0x20,
  util_clamp_max = 0x40,
};
constexpr EnumNames<SchedulerFlag, 7> names(SchedulerFlag /*flag*/) {
  return {{{SchedulerFlag::reset_on_fork, "SCHED_FLAG_RESET_ON_FORK"},
           {SchedulerFlag::reclaim, "SCHED_FLAG_RECLAIM"},
           {SchedulerFlag::deadline_overrun, "SCHED_FLAG_DL_OVERRUN"},
           {SchedulerFlag::keep_policy, "SCHED_FLAG_KEEP_POLICY"},
           {SchedulerFlag::keep_params, "SCHED_FLAG_KEEP_PARAMS"},
           {SchedulerFlag::util_clamp_min, "SCHED_FLAG_UTIL_CLAMP_MIN"},
           {SchedulerFlag::util_clamp_max, "SCHED_FLAG_UTIL_CLAMP_MAX"}}};
}

struct Scheduler {
  SchedulerPolicy policy = SchedulerPolicy::other;
  std::int32_t nice = 0;
  std::int32_t priority = 0;
  std::vector<SchedulerFlag> flags = {};
  std::uint64_t runtime = 0;  // these three: nanoseconds, SCHED_DEADLINE only
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
  friend bool operator==(const Scheduler&, const Scheduler&) = default;
};
Result<void> decode(const json::Value& value, Scheduler& out);
void encode(json::Writer& out, const Scheduler& scheduler);

// The enumerators are the kernel's IOPRIO_CLASS_ numbers.
enum class IoPriorityClass : std::uint8_t { realtime = 1, best_effort = 2, idle = 3 };
constexpr EnumNames<IoPriorityClass, 3> names(IoPriorityClass /*io_class*/) {
  return {{{IoPriorityClass::realtime, "IOPRIO_CLASS_RT"},
           {IoPriorityClass::best_effort, "IOPRIO_CLASS_BE"},
           {IoPriorityClass::idle, "IOPRIO_CLASS_IDLE"}}};
}

struct IoPriority {
  IoPriorityClass io_class = IoPriorityClass::best_effort;
  int priority = 0;  // 0 to 7
  friend bool operator==(const IoPriority&, const IoPriority&) = default;
};
Result<void> decode(const json::Value& value, IoPriority& out);
void encode(json::Writer& out, const IoPriority& priority);

// CPU lists ("0-3,7") for a process that exec starts: while it enters the cgroup, and once it is in it.
struct ExecCpuAffinity {
  std::string initial = {};
  std::string final = {};
  friend bool operator==(const ExecCpuAffinity&, const ExecCpuAffinity&) = default;
};
Result<void> decode(const json::Value& value, ExecCpuAffinity& out);
void encode(json::Writer& out, const ExecCpuAffinity& affinity);

}  // namespace berth::spec
