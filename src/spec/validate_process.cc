#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

Result<void> check_env(const std::vector<std::string>& env, const Place& at) {
  for (std::size_t i = 0; i < env.size(); ++i) {
    const auto equals = env[i].find('=');
    if (equals == std::string::npos || equals == 0) return at.element(i).expected("NAME=VALUE", env[i]);
  }
  return {};
}

Result<void> check_rlimits(const std::vector<Rlimit>& rlimits, const Place& at) {
  for (std::size_t i = 0; i < rlimits.size(); ++i) {
    const Rlimit& limit = rlimits[i];
    if (limit.soft > limit.hard)
      return at.element(i).error(
          concat("expected a soft limit of at most the hard one (", limit.hard, "), found ", limit.soft));
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (rlimits[earlier].type == limit.type)
        return at.element(i).member("type").expected("each type once", to_text(limit.type));
    }
  }
  return {};
}

Result<void> check_scheduler(const Scheduler& scheduler, const Place& at) {
  if (scheduler.nice < -20 || scheduler.nice > 19)
    return at.member("nice").expected("a number from -20 to 19", scheduler.nice);
  const bool real_time =
      scheduler.policy == SchedulerPolicy::fifo || scheduler.policy == SchedulerPolicy::round_robin;
  if (scheduler.priority != 0 && !real_time)
    return at.member("priority")
        .expected(concat("0, since only SCHED_FIFO and SCHED_RR have one and the policy is ",
                         to_text(scheduler.policy)),
                  scheduler.priority);
  const bool has_times = scheduler.runtime != 0 || scheduler.deadline != 0 || scheduler.period != 0;
  if (has_times && scheduler.policy != SchedulerPolicy::deadline)
    return at.error(concat("expected runtime, deadline and period with SCHED_DEADLINE only, found ",
                           to_text(scheduler.policy)));
  return {};
}

Result<void> check_affinity(const ExecCpuAffinity& affinity, const Place& at) {
  if (!affinity.initial.empty() && !is_cpu_list(affinity.initial))
    return at.member("initial").expected("a list of CPUs like 0-3,7", affinity.initial);
  if (!affinity.final.empty() && !is_cpu_list(affinity.final))
    return at.member("final").expected("a list of CPUs like 0-3,7", affinity.final);
  return {};
}

Result<void> check_scheduling(const Process& process, const Place& at) {
  if (process.scheduler) TRY(check_scheduler(*process.scheduler, at.member("scheduler")));
  if (process.io_priority && (process.io_priority->priority < 0 || process.io_priority->priority > 7))
    return at.member("ioPriority.priority").expected("a number from 0 to 7", process.io_priority->priority);
  if (process.exec_cpu_affinity)
    TRY(check_affinity(*process.exec_cpu_affinity, at.member("execCPUAffinity")));
  return {};
}

Result<void> check_hook_list(const std::vector<Hook>& hooks, const Place& at) {
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    if (!hooks[i].path.starts_with('/'))
      return at.element(i).member("path").expected("an absolute path", hooks[i].path);
    if (hooks[i].timeout && *hooks[i].timeout <= 0)
      return at.element(i).member("timeout").expected("a number of seconds above 0", *hooks[i].timeout);
    TRY(check_env(hooks[i].env, at.element(i).member("env")));
  }
  return {};
}

}  // namespace

bool is_cpu_list(std::string_view text) noexcept {
  // The kernel's bitmap_parselist(9), without its rarer forms (N-M:used/group, all).
  while (true) {
    const auto comma = text.find(',');
    const std::string_view range = text.substr(0, comma);
    const auto dash = range.find('-');
    const auto first = parse_number<unsigned>(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number<unsigned>(range.substr(dash + 1));
    if (!first || !last || *last < *first) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

Result<void> check_process(const Process& process, const Place& at) {
  if (process.args.empty()) return at.member("args").error("expected at least one argument, found none");
  if (!process.cwd.starts_with('/')) return at.member("cwd").expected("an absolute path", process.cwd);
  TRY(check_env(process.env, at.member("env")));
  TRY(check_rlimits(process.rlimits, at.member("rlimits")));
  if (process.oom_score_adj && (*process.oom_score_adj < -1000 || *process.oom_score_adj > 1000))
    return at.member("oomScoreAdj").expected("a number from -1000 to 1000", *process.oom_score_adj);
  return check_scheduling(process, at);
}

Result<void> check_hooks(const Hooks& hooks, const Place& at) {
  TRY(check_hook_list(hooks.prestart, at.member("prestart")));
  TRY(check_hook_list(hooks.create_runtime, at.member("createRuntime")));
  TRY(check_hook_list(hooks.create_container, at.member("createContainer")));
  TRY(check_hook_list(hooks.start_container, at.member("startContainer")));
  TRY(check_hook_list(hooks.poststart, at.member("poststart")));
  return check_hook_list(hooks.poststop, at.member("poststop"));
}

}  // namespace berth::spec
