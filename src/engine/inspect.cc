#include "engine/inspect.h"

#include "base/text.h"
#include "engine/process_identity.h"
#include "engine/quantity.h"
#include "engine/spec_builder.h"
#include "engine/start.h"
#include "json/value.h"
#include "spec/config.h"

namespace berth::engine {

namespace {

void put_state(json::Writer& out, const Engine& engine, const Container& container) {
  const ContainerStatus& status = container.status;
  const bool running = status.phase == Phase::running || status.phase == Phase::stopping;
  const bool has_monitor = open_process(status.monitor_pid, status.monitor_start).has_value();
  const RunDir run_dir = engine.run_dir(container.config);
  out.key("State").begin_object();
  out.member("OciVersion", spec::kSpecVersion).member("Status", status_word(status.phase));
  out.member("Running", running).member("Paused", false).member("Restarting", false);
  out.member("OOMKilled", status.oom_killed).member("Dead", false);
  out.member("Pid", running ? status.pid : 0).member("ConmonPid", has_monitor ? status.monitor_pid : 0);
  out.member("ExitCode", status.exit_code).member("Error", status.error);
  out.member("StartedAt", format_time(status.started_ns))
      .member("FinishedAt", format_time(status.finished_ns));
  out.member("CgroupPath", status.cgroup);
  out.member("ConmonPidFile", run_dir.monitor_pid_file()).member("PidFile", run_dir.container_pid_file());
  out.end_object();
}

void put_mounts(json::Writer& out, const ContainerConfig& config) {
  out.key("Mounts").begin_array();
  for (const MountRequest& mount : config.mounts) {
    bool writable = true;
    std::string propagation;
    for (const std::string& option : mount.options) {
      if (option == "ro") writable = false;
      if (option.ends_with("private") || option.ends_with("shared") || option.ends_with("slave"))
        propagation = option;
    }
    out.begin_object().member("Type", mount.type).member("Source", mount.source);
    out.member("Destination", mount.destination).member("Driver", "").member("Mode", "");
    out.member("Options", mount.options)
        .member("RW", writable)
        .member("Propagation", propagation)
        .end_object();
  }
  out.end_array();
}

void put_config(json::Writer& out, const ContainerConfig& config) {
  out.key("Config").begin_object();
  out.member("Hostname", config.hostname.empty() ? config.id.substr(0, 12) : config.hostname);
  out.member("Domainname", "").member("User", config.user);
  out.member("AttachStdin", false).member("AttachStdout", false).member("AttachStderr", false);
  out.member("Tty", config.terminal).member("OpenStdin", config.interactive).member("StdinOnce", false);
  out.member("Env", config.environment).member("Cmd", config.command).member("Image", "");
  out.key("Volumes").null();
  out.member("WorkingDir", config.working_directory.empty() ? "/" : config.working_directory);
  out.member("Entrypoint", join(config.entrypoint, " ")).key("OnBuild").null();
  out.member("Labels", config.labels).member("Annotations", config.annotations);
  out.member("StopSignal", config.stop_signal).member("StopTimeout", config.stop_timeout);
  out.member("Timeout", config.timeout).member("CreateCommand", config.create_command);
  out.member("Umask", concat("0", config.umask >> 6U, (config.umask >> 3U) & 7U, config.umask & 7U));
  out.member("SdNotifyMode", config.sdnotify);
  out.end_object();
}

void put_log_config(json::Writer& out, const ContainerConfig& config) {
  out.key("LogConfig").begin_object();
  out.member("Type", config.log_driver).key("Config").null();
  out.member("Path", config.log_path).member("Tag", config.log_tag);
  out.member("Size", config.log_size_max > 0 ? concat(config.log_size_max, "B") : std::string("0B"))
      .end_object();
}

void put_host_config(json::Writer& out, const ContainerConfig& config) {
  const ResourceRequest& resources = config.resources;
  std::vector<std::string> binds;
  for (const MountRequest& mount : config.mounts) {
    if (mount.type == "bind")
      binds.push_back(concat(mount.source, ':', mount.destination, ':', join(mount.options, ",")));
  }
  out.key("HostConfig").begin_object();
  out.member("Binds", binds).member("CgroupMode", config.cgroup_namespace == "host" ? "host" : "private");
  out.member("Cgroups", config.cgroups).member("CgroupParent", config.cgroup_parent);
  out.member("ContainerIDFile", config.cid_file);
  put_log_config(out, config);
  out.member("NetworkMode", config.network).member("AutoRemove", config.auto_remove);
  out.member("CapAdd", config.security.cap_add).member("CapDrop", config.security.cap_drop);
  out.member("IpcMode", config.ipc_namespace.empty() ? "private" : config.ipc_namespace);
  out.member("PidMode", config.pid_namespace.empty() ? "private" : config.pid_namespace);
  out.member("UTSMode", config.uts_namespace.empty() ? "private" : config.uts_namespace);
  out.member("Privileged", config.security.privileged).member("ReadonlyRootfs", config.read_only);
  out.member("OomScoreAdj", config.oom_score_adj.value_or(0)).member("ShmSize", config.shm_size);
  out.member("Memory", resources.memory.value_or(0)).member("MemorySwap", resources.memory_swap.value_or(0));
  out.member("MemoryReservation", resources.memory_reservation.value_or(0));
  out.member("CpuShares", resources.cpu_shares.value_or(0))
      .member("CpuPeriod", resources.cpu_period.value_or(0));
  out.member("CpuQuota", resources.cpu_quota.value_or(0));
  out.member("NanoCpus", resources.cpu_period.value_or(0) > 0
                             ? resources.cpu_quota.value_or(0) * 1'000'000'000 /
                                   static_cast<std::int64_t>(*resources.cpu_period)
                             : std::int64_t{0});
  out.member("CpusetCpus", resources.cpuset_cpus).member("CpusetMems", resources.cpuset_mems);
  out.member("PidsLimit", resources.pids_limit.value_or(0));
  out.key("Ulimits").begin_array();
  for (const UlimitRequest& ulimit : config.ulimits) {
    out.begin_object()
        .member("Name", ulimit.name)
        .member("Soft", ulimit.soft)
        .member("Hard", ulimit.hard)
        .end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace

void inspect(json::Writer& out, const Engine& engine, const Container& container) {
  const ContainerConfig& config = container.config;
  const RunDir run_dir = engine.run_dir(config);
  const auto arguments = config.arguments();
  const bool prepared = container.status.active();
  out.begin_object();
  out.member("Id", config.id).member("Created", format_time(container.status.created_ns));
  out.member("Path", arguments.empty() ? "" : arguments.front());
  out.member("Args",
             std::vector<std::string>(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end()));
  put_state(out, engine, container);
  out.member("Image", "").member("ImageName", "").member("Rootfs", config.rootfs).member("Pod", "");
  out.member("HostnamePath", prepared ? run_dir.generated("hostname") : "");
  out.member("HostsPath", prepared ? run_dir.generated("hosts") : "");
  out.member("StaticDir", engine.paths.data_dir(config.id))
      .member("OCIConfigPath", prepared ? run_dir.config() : "");
  out.member("OCIRuntime", config.runtime.empty() ? "berth-runtime" : config.runtime);
  out.member("Monitor", config.monitor.empty() ? "berth-monitor" : config.monitor);
  out.member("ConmonPidFile", run_dir.monitor_pid_file()).member("PidFile", run_dir.container_pid_file());
  out.member("Name", config.name).member("RestartCount", 0).member("Driver", "rootfs");
  put_mounts(out, config);
  out.member("Namespace", "").member("IsInfra", false);
  put_config(out, config);
  put_host_config(out, config);
  out.end_object();
}

}  // namespace berth::engine
