#include "runtime/init/scheduling.h"

#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace berth::runtime::init {

namespace {

// struct sched_attr of linux/sched/types.h, first version.
struct SchedulerAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};

void set_scheduler(Context& context, const SchedulerPlan& plan) noexcept {
  SchedulerAttributes attributes{.size = sizeof(SchedulerAttributes),
                                 .policy = plan.policy,
                                 .flags = plan.flags,
                                 .nice = plan.nice,
                                 .priority = plan.priority,
                                 .runtime = plan.runtime,
                                 .deadline = plan.deadline,
                                 .period = plan.period};
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0) context.report.fail("set the scheduler");
}

}  // namespace

void apply_scheduling(Context& context) noexcept {
  const ProcessPlan& plan = context.plan.process;
  constexpr int kWhoProcess = 1;  // IOPRIO_WHO_PROCESS
  if (plan.scheduler) set_scheduler(context, *plan.scheduler);
  if (plan.io_priority && ::syscall(SYS_ioprio_set, kWhoProcess, 0, *plan.io_priority) != 0)
    context.report.fail("set the I/O priority");
  if (!plan.cpu_affinity.empty() &&
      ::syscall(SYS_sched_setaffinity, 0, plan.cpu_affinity.size() * sizeof(std::uint64_t),
                plan.cpu_affinity.data()) != 0)
    context.report.fail("set the CPU affinity");
  if (plan.memory_policy &&
      ::syscall(SYS_set_mempolicy, plan.memory_policy->first, plan.memory_policy->second.data(),
                plan.memory_policy->second.size() * 64 + 1) != 0)
    context.report.fail("set the memory policy");
  if (plan.personality && ::personality(*plan.personality) < 0) context.report.fail("set the personality");
}

}  // namespace berth::runtime::init
