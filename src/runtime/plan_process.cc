#include "runtime/plan_process.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "runtime/filesystem_options.h"
#include "runtime/init/launch.h"
#include "sys/unix_socket.h"

namespace berth::runtime {

namespace {

constexpr unsigned kIoClassShift = 13;      // IOPRIO_CLASS_SHIFT
constexpr unsigned long kLinux32 = 0x0008;  // PER_LINUX32

bool has_variable(const std::vector<std::string>& env, std::string_view prefix) {
  return std::any_of(env.begin(), env.end(),
                     [&](const std::string& entry) { return entry.starts_with(prefix); });
}

init::SchedulerPlan plan_scheduler(const spec::Scheduler& scheduler) {
  init::SchedulerPlan plan{.policy = static_cast<std::uint32_t>(scheduler.policy),
                           .nice = scheduler.nice,
                           .priority = static_cast<std::uint32_t>(scheduler.priority),
                           .runtime = scheduler.runtime,
                           .deadline = scheduler.deadline,
                           .period = scheduler.period};
  for (const spec::SchedulerFlag flag : scheduler.flags) plan.flags |= static_cast<std::uint64_t>(flag);
  return plan;
}

void plan_capabilities(const spec::Process& process, init::ProcessPlan& plan) {
  if (!process.capabilities) return;  // none at all
  plan.bounding = process.capabilities->bounding.bits();
  plan.effective = process.capabilities->effective.bits();
  plan.inheritable = process.capabilities->inheritable.bits();
  plan.permitted = process.capabilities->permitted.bits();
  plan.ambient = process.capabilities->ambient.bits();
}

// Our own terminal will carry it: the payload finds its size there from the beginning.
void take_own_size(init::TerminalPlan& plan) {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0) return;  // a pipe or a file
  plan.rows = size.ws_row;
  plan.columns = size.ws_col;
}

Result<void> plan_terminal(const spec::Process& process, const ProcessOptions& options,
                           PreparedPlan& prepared) {
  init::TerminalPlan& plan = prepared.plan.process.terminal;
  plan.wanted = process.terminal;
  if (process.console_size) {
    plan.rows = process.console_size->height;
    plan.columns = process.console_size->width;
  } else if (process.terminal && !options.console_socket) {
    take_own_size(plan);
  }
  if (!options.console_socket) return {};
  if (!process.terminal)
    return Error::invalid("--console-socket", "expected process.terminal to be true, found false");
  TRY_ASSIGN(UniqueFd socket,
             sys::connect_socket(*options.console_socket, SOCK_STREAM).context("console socket"));
  plan.console_socket = prepared.keep(std::move(socket));
  return {};
}

// The program at the other end gets the state of the container with the descriptor: config-linux.md, "seccomp".
std::vector<std::string> listener_state(const spec::Seccomp& seccomp,
                                        const contract::ContainerRecord& record) {
  const auto state = contract::hook_state_json(record, contract::Status::creating);
  json::Writer head;
  head.begin_object()
      .member("ociVersion", record.oci_version)
      .member("fds", std::vector<std::string>{"seccompFd"})
      .member("metadata", seccomp.listener_metadata);
  return {concat(head.text(), R"(,"pid":)"), concat(R"(,"state":)", state.before_pid),
          concat(state.after_pid, '}')};
}

// crun's annotation. A profile that is newer than this runtime may name what it has never heard of.
bool tolerates_unknown_calls(const contract::ContainerRecord* record) {
  if (record == nullptr) return false;
  const auto found = record->annotations.find("run.oci.seccomp_fail_unknown_syscall");
  return found != record->annotations.end() && (found->second == "0" || found->second == "false");
}

Result<void> plan_seccomp(const spec::Linux& linux_config, const ProcessOptions& options,
                          PreparedPlan& prepared) {
  if (!linux_config.seccomp) return {};
  const spec::Seccomp seccomp = tolerates_unknown_calls(options.record)
                                    ? init::without_unknown_names(*linux_config.seccomp)
                                    : *linux_config.seccomp;
  init::ProcessPlan& plan = prepared.plan.process;
  TRY_ASSIGN(const bool wants_listener, init::plan_filter(seccomp, options.filter_cache, plan));
  if (!wants_listener) return {};
  if (seccomp.listener_path.empty())
    return Error::invalid("linux.seccomp.listenerPath",
                          "expected a socket, as SCMP_ACT_NOTIFY is used; found none");
  TRY_ASSIGN(UniqueFd socket,
             sys::connect_socket(seccomp.listener_path, SOCK_STREAM).context("linux.seccomp.listenerPath"));
  plan.seccomp_listener = prepared.keep(std::move(socket));
  if (options.record != nullptr) plan.seccomp_state = listener_state(seccomp, *options.record);
  return {};
}

Result<void> plan_memory_policy(const spec::Linux& linux_config, init::ProcessPlan& plan) {
  if (!linux_config.memory_policy) return {};
  const spec::MemoryPolicy& policy = *linux_config.memory_policy;
  int mode = static_cast<int>(policy.mode);
  for (const spec::MemoryPolicyFlag flag : policy.flags) mode |= static_cast<int>(flag);
  std::vector<std::uint64_t> nodes;
  if (!policy.nodes.empty()) {
    TRY_ASSIGN(nodes, parse_cpu_list(policy.nodes).context("linux.memoryPolicy.nodes"));
  }
  plan.memory_policy = std::pair(mode, std::move(nodes));
  return {};
}

}  // namespace

Result<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text) {
  constexpr unsigned kMaxCpu = 1U << 16U;
  std::vector<std::uint64_t> mask;
  for (const std::string_view part : split(text, ',')) {
    const auto range = split_once(part, '-');
    const auto first = parse_number<unsigned>(range ? range->first : part);
    const auto last = range ? parse_number<unsigned>(range->second) : first;
    if (!first || !last || *first > *last || *last >= kMaxCpu)
      return Error::invalid(text, "expected a list of numbers and ranges, such as 0-3,7");
    if (mask.size() <= *last / 64) mask.resize(*last / 64 + 1);
    for (unsigned cpu = *first; cpu <= *last; ++cpu) mask[cpu / 64] |= std::uint64_t{1} << (cpu % 64);
  }
  return mask;
}

Result<void> plan_process(const spec::Process& process, const spec::Linux& linux_config,
                          const ProcessOptions& options, PreparedPlan& prepared) {
  init::ProcessPlan& plan = prepared.plan.process;
  if (process.args.empty())
    return Error::invalid("process.args", "expected at least one argument, found none");
  plan.args = process.args;
  plan.env = process.env;
  plan.cwd = process.cwd.empty() ? "/" : process.cwd;
  plan.set_home = !has_variable(plan.env, "HOME=");
  plan.uid = process.user.uid;
  plan.gid = process.user.gid;
  plan.groups.assign(process.user.additional_gids.begin(), process.user.additional_gids.end());
  plan.umask = process.user.umask;
  plan_capabilities(process, plan);
  for (const spec::Rlimit& limit : process.rlimits)
    plan.rlimits.push_back({static_cast<int>(limit.type), limit.soft, limit.hard});
  plan.no_new_privileges = process.no_new_privileges;
  plan.apparmor_profile = process.apparmor_profile;
  TRY(check_label("process.selinuxLabel", process.selinux_label));
  plan.selinux_label = process.selinux_label;
  plan.oom_score_adj = process.oom_score_adj;
  if (process.scheduler) plan.scheduler = plan_scheduler(*process.scheduler);
  if (process.io_priority)
    plan.io_priority =
        static_cast<int>(static_cast<unsigned>(process.io_priority->io_class) << kIoClassShift) |
        process.io_priority->priority;
  if (linux_config.personality)
    plan.personality = linux_config.personality->domain == spec::PersonalityDomain::linux32 ? kLinux32 : 0;
  TRY(plan_memory_policy(linux_config, plan));
  TRY(plan_seccomp(linux_config, options, prepared));
  plan.keyring = options.keyring;
  plan.preserved_fds = options.preserved_fds;
  return plan_terminal(process, options, prepared);
}

}  // namespace berth::runtime
