// The part of run.h that turns `berth run` into the supervisor of its unit.
//
//   systemd ── starts ──> berth run (pid 7)
//                          ├─ supervisor/ made and entered, config.json written, row: creating
//                          ├─ fork ──> starter (pid 8, holds the lock): reads pid 7's sync pipe,
//                          │            row: created, `runtime start`, row: running, ends
//                          └─ execve berth-monitor --sync (pid 7 still): `runtime create`, …, exit status
//
// The starter is short-lived and the monitor's child: it reaps it like any other.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "cgroup/split.h"
#include "cgroup/tree.h"
#include "engine/lifecycle.h"
#include "engine/monitor_launch.h"
#include "engine/programs.h"
#include "engine/run.h"
#include "engine/service_notify.h"
#include "engine/start.h"
#include "sys/child.h"
#include "sys/exec_vector.h"

namespace berth::engine {

namespace {

// SYSTEMD_EXEC_PID (systemd 248) names the process that the manager executed: an inherited environment does not make
// a unit of a user's shell.
bool started_by_manager() {
  const char* executed = ::getenv("SYSTEMD_EXEC_PID");
  if (executed != nullptr) return parse_number<pid_t>(executed) == ::getpid();
  return ::getenv("NOTIFY_SOCKET") != nullptr || ::getenv("INVOCATION_ID") != nullptr;
}

// What the starter needs of its parent; it opens a database connection of its own.
struct Handover {
  Paths paths;
  Container container;
};

Result<void> start_created(Engine& engine, Container& container, FdRef sync_pipe) {
  TRY_ASSIGN(const pid_t pid, read_created_pid(sync_pipe));
  TRY(note_created(engine, container, pid));
  TRY(run_payload(engine, container));
  // Only the monitor may speak for the unit (NotifyAccess=main): it is told that its container runs.
  if (container.config.sdnotify == "conmon") tell_monitor_ready(engine.run_dir(container.config));
  return {};
}

[[noreturn]] void starter_main(const Handover& handover, const UniqueFd& sync_pipe) {
  Container container = handover.container;
  auto store = ContainerStore::open(handover.paths);
  if (!store) {
    log::error(store.error().to_string());
    ::_exit(kExitOurs);
  }
  Engine engine{.paths = handover.paths, .store = std::move(*store)};
  const auto started = start_created(engine, container, sync_pipe);
  if (started) ::_exit(0);
  log::error("run: ", started.error().to_string());
  undo_start(engine, container, started.error());
  if (container.config.auto_remove) ignore(remove_container(engine, container));
  ::_exit(kExitOurs);
}

Error execute_monitor(const std::string& program, const contract::MonitorOptions& options, FdRef sync_pipe) {
  // The write end survives execve under its own number.
  if (::fcntl(sync_pipe.get(), F_SETFD, 0) < 0) return Error::sys("fcntl(F_SETFD)");
  auto arguments = contract::to_argv(options, program);
  auto environment = monitor_environment(sync_pipe.get(), options.replace_listen_pid);
  auto argv = sys::exec_vector(arguments);
  auto envp = sys::exec_vector(environment);
  ::execve(program.c_str(), argv.data(), envp.data());
  return Error::sys("execute", program);
}

struct Preparation {
  Container container;
  std::string monitor;
  contract::MonitorOptions options;
};

Result<Preparation> prepare(Engine& engine, LockedContainer& locked) {
  Container& container = locked.container;
  const std::string notify = payload_notify_socket(container.config);
  const std::string host = container.config.sdnotify == "ignore" ? std::string() : host_notify_socket();
  TRY_ASSIGN(auto monitor, find_program(container.config.monitor, "berth-monitor"));
  TRY_ASSIGN(auto options, monitor_options(engine, container.config, true, host));
  options.replace_listen_pid = listen_fd_count() > 0;
  StartPlace place{.cgroups_path = own_cgroup(container.config), .notify = !notify.empty()};
  if (container.config.cgroups == "split" || unit_kind() == UnitKind::delegated) {
    TRY_ASSIGN(const auto split, cgroup::split_unit());
    place.cgroups_path = split.container_cgroups_path;
  }
  TRY(prepare_start(engine, container, place));
  return Preparation{.container = container, .monitor = std::move(monitor), .options = std::move(options)};
}

}  // namespace

UnitKind unit_kind() {
  if (!started_by_manager()) return UnitKind::none;
  const auto directory = cgroup::own_directory();
  const auto delegated = directory ? cgroup::is_delegated(*directory) : false;
  if (delegated && *delegated) return UnitKind::delegated;
  // An older systemd does not say whom it started, and the rest of the environment may be inherited.
  const bool certain = ::getenv("SYSTEMD_EXEC_PID") != nullptr;
  return certain && !host_notify_socket().empty() ? UnitKind::plain : UnitKind::none;
}

Error become_supervisor(Engine engine, const std::string& id) {
  // A stop that comes before the monitor can hear it stays pending until it does. The starter never hears it: its work
  // is done, or undone, in a moment.
  hold_stop_signals();
  auto locked = relock(engine, id);
  if (!locked) return std::move(locked).error();
  if (!*locked) return Error::message(concat("no such container: ", id), ENOENT);
  auto prepared = prepare(engine, **locked);
  if (!prepared) {
    undo_start(engine, (*locked)->container, prepared.error());
    return std::move(prepared).error();
  }
  auto sync = sys::Pipe::make();
  if (!sync) return std::move(sync).error();
  const Handover handover{.paths = engine.paths, .container = prepared->container};
  // A connection to SQLite must not be used on both sides of a fork: ours ends here.
  { const ContainerStore closed = std::move(engine.store); }
  const pid_t starter = ::fork();
  if (starter < 0) return Error::sys("fork");
  if (starter == 0) {
    sync->write_end.reset();
    starter_main(handover, sync->read_end);
  }
  sync->read_end.reset();
  // Our copy of the lock is closed by execve; the starter's copy holds it until the payload runs.
  return execute_monitor(prepared->monitor, prepared->options, sync->write_end);
}

}  // namespace berth::engine
