#include "engine/start.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/log.h"
#include "base/scope_exit.h"
#include "base/text.h"
#include "cgroup/split.h"
#include "contract/runtime_command.h"
#include "engine/monitor_launch.h"
#include "engine/process_identity.h"
#include "engine/quantity.h"
#include "engine/runtime_call.h"
#include "engine/service_notify.h"
#include "engine/spec_mounts.h"
#include "spec/config_writer.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr mode_t kPrivate = 0700;

Result<void> make_run_dir(const Engine& engine, const RunDir& run_dir, bool notify) {
  TRY(sys::make_directory(engine.paths.runtime_root(), kPrivate));
  TRY(sys::make_directory(run_dir.path, kPrivate));
  TRY(sys::make_directory(run_dir.exit_dir(), kPrivate));
  TRY(sys::make_directory(run_dir.persist_dir(), kPrivate));
  if (notify) TRY(sys::make_directory(run_dir.notify_dir(), 0755));
  return {};
}

Result<void> make_log(const Engine& engine, const ContainerConfig& config) {
  TRY(sys::make_directory(engine.paths.root + "/containers", kPrivate));
  return sys::make_directory(engine.paths.data_dir(config.id), kPrivate);
}

Result<void> write_pid_files(const ContainerConfig& config, const ContainerStatus& status) {
  if (!config.pid_file.empty()) TRY(sys::replace_file(config.pid_file, concat(status.pid)));
  if (!config.conmon_pid_file.empty())
    TRY(sys::replace_file(config.conmon_pid_file, concat(status.monitor_pid)));
  return {};
}

// Who forks the monitor away may be a unit's process: then the container belongs beside it.
Result<StartPlace> detached_place(const ContainerConfig& config) {
  StartPlace place{.cgroups_path = own_cgroup(config), .notify = !payload_notify_socket(config).empty()};
  if (config.cgroups == "split") {
    TRY_ASSIGN(const auto split, cgroup::split_unit());
    place.cgroups_path = split.container_cgroups_path;
  }
  return place;
}

Result<void> start_steps(Engine& engine, Container& container, const std::function<Result<void>()>& attach) {
  TRY_ASSIGN(const auto place, detached_place(container.config));
  TRY(prepare_start(engine, container, place));
  TRY_ASSIGN(const pid_t pid,
             launch_monitor(engine, container.config, payload_notify_socket(container.config)));
  TRY(note_created(engine, container, pid));
  if (attach) TRY(attach());
  return run_payload(engine, container);
}

}  // namespace

std::string payload_notify_socket(const ContainerConfig& config) {
  return config.sdnotify == "container" ? host_notify_socket() : std::string();
}

std::string own_cgroup(const ContainerConfig& config) {
  if (config.cgroups == "disabled") return {};
  if (!config.cgroup_parent.empty()) return concat(config.cgroup_parent, "/berth-", config.id);
  // An ordinary user has no cgroup of his own unless a unit delegates one (--cgroups=split).
  return ::geteuid() == 0 ? concat("/berth-", config.id) : std::string();
}

Result<void> prepare_start(Engine& engine, Container& container, const StartPlace& place) {
  const RunDir run_dir = engine.run_dir(container.config);
  TRY_ASSIGN(const auto built, build_spec(container.config, run_dir, place));
  ContainerStatus& status = container.status;
  status.phase = Phase::creating;
  status.pid = 0;
  status.monitor_pid = 0;
  status.error.clear();
  status.oom_killed = false;
  status.cgroup = place.cgroups_path;
  TRY_ASSIGN(status.boot_id, boot_id());
  TRY(engine.store.save(container.config.id, status));
  TRY(make_run_dir(engine, run_dir, place.notify));
  TRY(make_log(engine, container.config));
  TRY(write_generated_files(container.config, run_dir, built.hostname));
  return sys::write_file(run_dir.config(), spec::to_json(built.config), 0600);
}

Result<void> note_created(Engine& engine, Container& container, pid_t pid) {
  ContainerStatus& status = container.status;
  status.phase = Phase::created;
  status.pid = pid;
  status.pid_start = start_time_of(pid);
  status.monitor_pid = read_pid_file(engine.run_dir(container.config).monitor_pid_file());
  status.monitor_start = start_time_of(status.monitor_pid);
  return engine.store.save(container.config.id, status);
}

Result<void> run_payload(Engine& engine, Container& container) {
  TRY_ASSIGN(const auto runtime, engine.runtime_of(container.config));
  TRY(call_runtime(contract::start_command(runtime, container.config.id)));
  container.status.phase = Phase::running;
  container.status.started_ns = now_ns();
  TRY(engine.store.save(container.config.id, container.status));
  return write_pid_files(container.config, container.status);
}

void undo_start(Engine& engine, Container& container, const Error& why) {
  ContainerStatus& status = container.status;
  status.error = why.to_string();
  if (status.phase != Phase::configured && status.phase != Phase::exited) {
    status.phase = Phase::creating;  // from here on as if the command had died: the same way back
    const auto undone = tear_down(engine, container);
    if (!undone) log::warning(undone.error().to_string());
    if (!undone) return;  // the next command tries again
    status.phase = status.finished_ns != 0 ? Phase::exited : Phase::configured;
  }
  status.pid = 0;
  status.monitor_pid = 0;
  const auto saved = engine.store.save(container.config.id, status);
  if (!saved) log::warning(saved.error().to_string());
}

Result<void> start_detached(Engine& engine, Container& container,
                            const std::function<Result<void>()>& attach) {
  auto started = start_steps(engine, container, attach);
  if (started) return {};
  undo_start(engine, container, started.error());
  return started;
}

}  // namespace berth::engine
