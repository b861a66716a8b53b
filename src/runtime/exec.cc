#include "runtime/exec.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "cgroup/tree.h"
#include "runtime/foreground.h"
#include "runtime/init/launch.h"
#include "runtime/plan_process.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"
#include "sys/file.h"
#include "sys/namespaces.h"

namespace berth::runtime {

namespace {

Result<void> check_running(const ExecRequest& request, const contract::ContainerRecord& record) {
  TRY_ASSIGN(const auto status, status_of(request.root, record));
  if (status == contract::Status::paused && !request.ignore_paused)
    return Error::invalid(concat("container ", request.id), "is paused (see --ignore-paused)", EBUSY);
  if (status == contract::Status::stopped || status == contract::Status::creating)
    return Error::invalid(concat("container ", request.id),
                          concat("cannot exec in a container that is ", to_text(status)), ESRCH);
  return {};
}

Result<void> add_capabilities(const ExecRequest& request, spec::Process& process) {
  if (request.capabilities.empty()) return {};
  if (!process.capabilities) process.capabilities.emplace();
  for (const std::string& name : request.capabilities) {
    const auto capability = spec::capability_from_text(name);
    if (!capability)
      return Error::invalid("--cap", concat("expected a capability such as CAP_CHOWN, found ", name));
    process.capabilities->bounding.add(*capability);
    process.capabilities->effective.add(*capability);
    process.capabilities->permitted.add(*capability);
  }
  return {};
}

// The container's own process with what the command line says otherwise.
Result<spec::Process> derived_process(const ExecRequest& request, const spec::Process& base) {
  if (request.args.empty()) return Error::message("exec: no command given", EINVAL);
  spec::Process process = base;
  process.args = request.args;
  process.terminal = request.terminal;
  if (!request.cwd.empty()) process.cwd = request.cwd;
  process.env.insert(process.env.end(), request.env.begin(), request.env.end());
  if (!request.user.empty()) TRY(parse_user(request.user, process.user));
  process.user.additional_gids.insert(process.user.additional_gids.end(), request.additional_gids.begin(),
                                      request.additional_gids.end());
  TRY(add_capabilities(request, process));
  if (request.no_new_privileges) process.no_new_privileges = *request.no_new_privileges;
  if (!request.apparmor_profile.empty()) process.apparmor_profile = request.apparmor_profile;
  if (!request.selinux_label.empty()) process.selinux_label = request.selinux_label;
  return process;
}

Result<spec::Process> process_of(const ExecRequest& request, const spec::Process& base) {
  if (request.process_file.empty()) return derived_process(request, base);
  TRY_ASSIGN(const std::string text, sys::read_file(request.process_file, spec::kMaxConfig));
  TRY_ASSIGN(spec::Process process, spec::parse_process(text, request.process_file));
  if (request.terminal) process.terminal = true;
  return process;
}

// All at once by the pidfd of init (setns(2), Linux 5.8). A time namespace is joined later than the rest.
Result<void> plan_joining(const contract::ContainerRecord& record, const sys::PidFd& init,
                          PreparedPlan& prepared) {
  init::NamespacePlan& plan = prepared.plan.namespaces;
  const auto all = static_cast<int>(record.namespaces);
  plan.joined.push_back({all & ~CLONE_NEWTIME, init.fd().get()});
  if ((all & CLONE_NEWTIME) != 0) plan.joined.push_back({CLONE_NEWTIME, init.fd().get()});
  plan.in_user_namespace = (all & CLONE_NEWUSER) != 0;
  if (!plan.in_user_namespace) return {};
  TRY_ASSIGN(const std::string setgroups, sys::read_file(concat("/proc/", init.pid(), "/setgroups")));
  plan.deny_setgroups = setgroups.starts_with("deny");
  return {};
}

Result<std::string> cgroup_for(const ExecRequest& request, const contract::ContainerRecord& record) {
  if (request.cgroup.empty()) return record.cgroup;
  if (record.cgroup.empty()) return Error::invalid("--cgroup", "the container has no cgroup of its own");
  for (const std::string_view part : split(request.cgroup, '/')) {
    if (part == "..")
      return Error::invalid("--cgroup", concat("must not leave the container's: ", request.cgroup));
  }
  return concat(record.cgroup, request.cgroup.starts_with('/') ? "" : "/", request.cgroup);
}

Result<void> join_cgroup(const std::string& path, PreparedPlan& prepared) {
  if (path.empty()) return {};
  TRY_ASSIGN(UniqueFd directory, sys::open(path, O_RDONLY | O_DIRECTORY).context("cgroup"));
  prepared.plan.cgroup = prepared.keep(std::move(directory));
  return {};
}

// A container that made cgroups of its own (systemd does) has no room for processes in the topmost: then init's.
Result<init::Launch> begin(const ExecRequest& request, const sys::PidFd& init, PreparedPlan& prepared) {
  auto launch = init::Launch::begin(prepared.plan);
  if (launch || !launch.error().is(EBUSY) || !request.cgroup.empty()) return launch;
  TRY_ASSIGN(const std::string where, cgroup::directory_of(init.pid()));
  TRY(join_cgroup(where, prepared));
  return init::Launch::begin(prepared.plan);
}

// "initial" is where we are from now on, and with us the process until it is in the container's cgroup; then it is
// "final", and without that wherever the cgroup lets it be: the kernel leaves out what is more.
Result<void> plan_affinity(const spec::ExecCpuAffinity& affinity, PreparedPlan& prepared) {
  constexpr std::size_t kAllCpus = 8192 / 64;  // NR_CPUS of the largest kernels
  auto& final_mask = prepared.plan.process.cpu_affinity;
  if (!affinity.final.empty()) {
    TRY_ASSIGN(final_mask, parse_cpu_list(affinity.final));
  } else if (!affinity.initial.empty()) {
    final_mask.assign(kAllCpus, ~std::uint64_t{0});
  }
  if (affinity.initial.empty()) return {};
  TRY_ASSIGN(const auto mask, parse_cpu_list(affinity.initial));
  if (::syscall(SYS_sched_setaffinity, 0, mask.size() * sizeof(mask[0]), mask.data()) < 0)
    return Error::sys("set the CPU affinity (process.execCPUAffinity.initial) to", affinity.initial);
  return {};
}

Result<PreparedPlan> plan_exec(const ExecRequest& request, const contract::ContainerRecord& record,
                               const sys::PidFd& init) {
  TRY_ASSIGN(const std::string text, read_config_text(request.root, request.id));
  TRY_ASSIGN(const spec::Config config, spec::parse_config(text, "config.json"));
  TRY_ASSIGN(const spec::Process process, process_of(request, config.process));
  if (process.terminal && request.detach && !request.console_socket)
    return Error::invalid("exec", "a terminal needs --console-socket when it is detached");
  PreparedPlan prepared;
  TRY(plan_joining(record, init, prepared));
  const ProcessOptions options{
      .filter_cache = filter_cache(request.root),
      .record = &record,
      .keyring = record.no_new_keyring ? std::string() : concat("_ses.", request.id),
      .preserved_fds = request.preserved_fds,
      .console_socket = request.console_socket,
  };
  TRY(plan_process(process, config.linux, options, prepared));
  if (process.exec_cpu_affinity) TRY(plan_affinity(*process.exec_cpu_affinity, prepared));
  TRY_ASSIGN(const std::string cgroup, cgroup_for(request, record));
  TRY(join_cgroup(cgroup, prepared));
  return prepared;
}

}  // namespace

Result<void> parse_user(std::string_view text, spec::User& user) {
  const auto pair = split_once(text, ':');
  const auto uid = parse_number<std::uint32_t>(pair ? pair->first : text);
  const auto gid = pair ? parse_number<std::uint32_t>(pair->second) : std::optional(user.gid);
  constexpr std::uint32_t kNobody = ~0U;  // -1: "leave it as it is" for setresuid(2)
  if (!uid || !gid || *uid == kNobody || *gid == kNobody)
    return Error::invalid("--user", concat("expected UID or UID:GID, found \"", text, "\""));
  user.uid = *uid;
  user.gid = *gid;
  return {};
}

Result<int> exec(const ExecRequest& request) {
  TRY_ASSIGN(const auto record, read_record(request.root, request.id));
  TRY(check_running(request, record));
  TRY_ASSIGN(const sys::PidFd init, open_init(record));
  TRY_ASSIGN(PreparedPlan prepared, plan_exec(request, record, init));
  if (!request.detach) {
    TRY(hold_signals());
    if (request.subreaper && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
      return Error::sys("prctl(PR_SET_CHILD_SUBREAPER)");
  }
  TRY_ASSIGN(auto launch, begin(request, init, prepared));
  TRY(launch.go());
  TRY(launch.wait_until_ready([] { return Result<void>(); }));
  UniqueFd terminal = launch.take_terminal();
  if (!request.pid_file.empty()) TRY(sys::replace_file(request.pid_file, concat(launch.pid()), 0644));
  TRY(launch.go());
  TRY(launch.wait_until_executed());
  const sys::PidFd process = std::move(launch).commit();
  if (request.detach) return 0;
  TRY_ASSIGN(const auto status, attend(process, std::move(terminal)));
  return status.code();
}

}  // namespace berth::runtime
