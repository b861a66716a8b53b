#include "engine/spec_builder.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cgroup/tree.h"
#include "engine/container_name.h"
#include "engine/environment.h"
#include "engine/rootfs.h"
#include "engine/service_notify.h"
#include "engine/spec_mounts.h"
#include "engine/spec_security.h"

namespace berth::engine {

namespace {

constexpr std::int64_t kDefaultPidsLimit = 2048;
constexpr std::string_view kOciVersion =
    "1.0.2";  // nothing newer is used, and old runtimes refuse newer ones

Result<std::string> hostname_of(const ContainerConfig& config) {
  if (!config.hostname.empty()) return config.hostname;
  if (config.network != "host" && config.uts_namespace != "host") return config.id.substr(0, kShortId);
  utsname system{};
  if (::uname(&system) < 0) return Error::sys("uname");
  return std::string(system.nodename);
}

// The command is looked for here for its exit code alone: the runtime looks again, in the mounted root.
Result<void> check_arguments(const ContainerConfig& config, const Rootfs& rootfs, const spec::Config& built) {
  const auto& args = built.process.args;
  if (args.empty()) return Error::message("no command given: name one after the root directory", EINVAL);
  std::vector<std::string> covered;
  for (const spec::Mount& mount : built.mounts) covered.push_back(mount.destination);
  const std::string search = variable_of(built.process.env, "PATH").value_or(std::string(kDefaultPath));
  switch (check_command(rootfs, args.front(), search, built.process.cwd, covered)) {
    case CommandVerdict::not_found:
      return Error::message(concat("command \"", args.front(), "\" not found in ", config.rootfs), ENOENT)
          .with_exit_code(kExitNotFound);
    case CommandVerdict::not_executable:
      return Error::message(concat("command \"", args.front(), "\" in ", config.rootfs, " is not executable"),
                            EACCES)
          .with_exit_code(kExitNotExecutable);
    case CommandVerdict::executable:
    case CommandVerdict::unknown:
      break;
  }
  return {};
}

Result<void> add_rlimits(const ContainerConfig& config, spec::Process& process) {
  for (const UlimitRequest& ulimit : config.ulimits) {
    std::string name = concat("RLIMIT_", ulimit.name);
    for (char& c : name) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    const auto type = spec::from_text<spec::RlimitType>(name);
    if (!type) return Error::message(concat("--ulimit: unknown limit \"", ulimit.name, "\""), EINVAL);
    process.rlimits.push_back({.type = *type,
                               .soft = static_cast<std::uint64_t>(ulimit.soft),
                               .hard = static_cast<std::uint64_t>(ulimit.hard)});
  }
  return {};
}

Result<void> fill_process(const ContainerConfig& config, const BuiltSpec& built, spec::Process& process) {
  process.terminal = config.terminal;
  process.user = {.uid = built.user.uid,
                  .gid = built.user.gid,
                  .umask = config.umask,
                  .additional_gids = built.user.additional_gids};
  process.args = config.arguments();
  process.env = container_environment(config, built.user, built.hostname);
  process.cwd = config.working_directory.empty() ? "/" : config.working_directory;
  process.oom_score_adj = config.oom_score_adj;
  return add_rlimits(config, process);
}

void add_namespaces(const ContainerConfig& config, spec::Linux& out) {
  using spec::NamespaceType;
  out.namespaces.push_back({.type = NamespaceType::mount});
  if (config.pid_namespace != "host") out.namespaces.push_back({.type = NamespaceType::pid});
  if (config.ipc_namespace != "host") out.namespaces.push_back({.type = NamespaceType::ipc});
  if (config.uts_namespace != "host") out.namespaces.push_back({.type = NamespaceType::uts});
  if (config.network != "host") out.namespaces.push_back({.type = NamespaceType::network});
  if (config.cgroup_namespace != "host") out.namespaces.push_back({.type = NamespaceType::cgroup});
  if (::geteuid() == 0) return;
  out.namespaces.push_back({.type = NamespaceType::user});
  out.uid_mappings.push_back({.container_id = 0, .host_id = ::geteuid(), .size = 1});
  out.gid_mappings.push_back({.container_id = 0, .host_id = ::getegid(), .size = 1});
}

// A default that the kernel cannot hold is left out; a limit that was asked for is not (the runtime then says why).
bool kernel_has(std::string_view controller) {
  const auto mount = cgroup::mount_point();
  if (!mount) return false;
  const auto names = cgroup::controllers(*mount);
  return names && std::find(names->begin(), names->end(), controller) != names->end();
}

void add_resources(const ResourceRequest& request, bool has_cgroup, spec::Resources& out) {
  if (request.memory || request.memory_swap || request.memory_reservation) {
    // podman's rule: without a word on swap, twice the memory.
    auto swap = request.memory_swap;
    if (!swap && request.memory && *request.memory > 0 && kernel_has("memory")) swap = *request.memory * 2;
    out.memory = {.limit = request.memory, .reservation = request.memory_reservation, .swap = swap};
  }
  if (request.cpu_shares || request.cpu_quota || request.cpu_period || !request.cpuset_cpus.empty() ||
      !request.cpuset_mems.empty()) {
    out.cpu = {.shares = request.cpu_shares,
               .quota = request.cpu_quota,
               .period = request.cpu_period,
               .cpus = request.cpuset_cpus,
               .mems = request.cpuset_mems};
  }
  if (request.pids_limit) {
    out.pids_limit = *request.pids_limit;
  } else if (has_cgroup && ::geteuid() == 0 && kernel_has("pids")) {
    out.pids_limit = kDefaultPidsLimit;
  }
}

void add_notify_line(const ContainerConfig& config, std::vector<std::string>& environment) {
  for (const std::string& variable : payload_line(config, "/run/notify/notify.sock")) {
    const auto pair = split_once(variable, '=');
    if (pair) set_variable(environment, pair->first, pair->second);
  }
}

}  // namespace

Result<BuiltSpec> build_spec(const ContainerConfig& config, const RunDir& run_dir, const StartPlace& place) {
  TRY_ASSIGN(const auto rootfs, Rootfs::open(config.rootfs));
  TRY_ASSIGN(const auto passwd, rootfs.read_optional("/etc/passwd"));
  TRY_ASSIGN(const auto group, rootfs.read_optional("/etc/group"));
  BuiltSpec built;
  TRY_ASSIGN(built.user, resolve_user(config.user, passwd, group, config.groups));
  TRY_ASSIGN(built.hostname, hostname_of(config));
  spec::Config& out = built.config;
  out.oci_version = kOciVersion;
  out.root = {.path = config.rootfs, .readonly = config.read_only};
  if (config.uts_namespace != "host") out.hostname = built.hostname;
  out.annotations = config.annotations;
  out.mounts = container_mounts(config, run_dir, place.notify);
  TRY(fill_process(config, built, out.process));
  if (place.notify) add_notify_line(config, out.process.env);
  add_namespaces(config, out.linux);
  out.linux.cgroups_path = place.cgroups_path;
  out.linux.sysctl = config.sysctl;
  add_resources(config.resources, !place.cgroups_path.empty(), out.linux.resources);
  TRY(apply_security(config, built.user, out));
  TRY(check_arguments(config, rootfs, out));
  return built;
}

}  // namespace berth::engine
