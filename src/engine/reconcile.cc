#include "engine/reconcile.h"

#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "contract/exit_file.h"
#include "contract/runtime_command.h"
#include "engine/monitor_search.h"
#include "engine/process_identity.h"
#include "engine/quantity.h"
#include "engine/runtime_call.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr int kUnknownExit = -1;
constexpr int kMonitorGraceMs = 2000;  // a monitor that has reaped its container writes the exit file at once
constexpr int kRuntimeGraceMs = 5000;
constexpr int kSearchRounds = 20;

Result<bool> run_dir_exists(const Engine& engine, const Container& container) {
  return sys::exists(engine.run_dir(container.config).path);
}

Result<bool> from_this_boot(const ContainerStatus& status) {
  TRY_ASSIGN(const auto boot, boot_id());
  return status.boot_id == boot;
}

bool init_lives(const ContainerStatus& status) {
  return open_process(status.pid, status.pid_start).has_value();
}

// The status that the monitor wrote, waiting a moment for a monitor that is about to.
Result<std::optional<contract::ExitRecord>> exit_record(const Engine& engine, const Container& container) {
  const std::string path = engine.run_dir(container.config).exit_file(container.config.id);
  TRY_ASSIGN(auto record, contract::read_exit_file(path));
  if (record) return record;
  const auto monitor = open_process(container.status.monitor_pid, container.status.monitor_start);
  if (!monitor) return contract::read_exit_file(path);
  for (int waited = 0; waited < kMonitorGraceMs; waited += 10) {
    TRY_ASSIGN(const bool ended, monitor->wait_exit(10));
    TRY_ASSIGN(record, contract::read_exit_file(path));
    if (record || ended) return record;
  }
  return record;
}

Result<void> note_exit(Engine& engine, Container& container) {
  ContainerStatus& status = container.status;
  TRY_ASSIGN(const bool current, from_this_boot(status));
  std::optional<contract::ExitRecord> record;
  if (current) {
    TRY_ASSIGN(record, exit_record(engine, container));
    TRY_ASSIGN(status.oom_killed, sys::exists(engine.run_dir(container.config).oom_file()));
  }
  status.exit_code = record ? record->status : kUnknownExit;
  status.finished_ns = record ? record->finished_ns : now_ns();
  return {};
}

// After a failed or unfinished start: what the container was before.
Result<void> forget_start(Engine& engine, Container& container) {
  TRY(tear_down(engine, container));
  ContainerStatus& status = container.status;
  status.phase = status.finished_ns != 0 ? Phase::exited : Phase::configured;
  status.pid = 0;
  status.monitor_pid = 0;
  return engine.store.save(container.config.id, status);
}

// Its payload is gone. The status is saved before anything is removed: it exists nowhere else.
Result<void> finish_exit(Engine& engine, Container& container) {
  TRY(note_exit(engine, container));
  container.status.phase = Phase::exited;
  container.status.pid = 0;
  TRY(engine.store.save(container.config.id, container.status));
  TRY(tear_down(engine, container));
  return container.config.auto_remove ? remove_container(engine, container) : Result<void>();
}

// The caller holds the lock. False: the container is gone now.
Result<bool> reconcile(Engine& engine, Container& container) {
  switch (container.status.phase) {
    case Phase::configured:
      TRY(tear_down(engine, container));
      return true;
    case Phase::exited: {
      TRY(tear_down(engine, container));
      if (!container.config.auto_remove) return true;
      TRY(remove_container(engine, container));
      return false;
    }
    case Phase::creating:
    case Phase::created:
      TRY(forget_start(engine, container));
      // A unit's `run --rm` that was killed while it started: the next start must find its name free.
      if (!container.config.auto_remove) return true;
      TRY(remove_container(engine, container));
      return false;
    case Phase::running:
    case Phase::stopping: {
      TRY_ASSIGN(const bool current, from_this_boot(container.status));
      if (current && init_lives(container.status)) return true;
      TRY(finish_exit(engine, container));
      return !container.config.auto_remove;
    }
    case Phase::removing:
      TRY(remove_container(engine, container));
      return false;
  }
  return true;
}

// A start that was cut off: its monitor must do nothing more, and the runtime that it may have called is given the
// time to end what it began. (Not for a monitor whose container ended: that one is calling us.)
Result<void> end_monitor(const Container& container) {
  const Phase phase = container.status.phase;
  if (phase != Phase::creating && phase != Phase::created && phase != Phase::removing) return {};
  // What forks while we look appears in the next round only.
  for (int round = 0; round < kSearchRounds; ++round) {
    TRY_ASSIGN(const auto found, find_monitor(container.config.id));
    if (found.monitors.empty() && found.runtimes.empty()) return {};
    for (const sys::PidFd& monitor : found.monitors) {
      ignore(monitor.send_signal(SIGKILL));
      ignore(monitor.wait_exit(kRuntimeGraceMs));
    }
    for (const sys::PidFd& runtime : found.runtimes) {
      const auto ended = runtime.wait_exit(kRuntimeGraceMs);
      if (!ended || !*ended) ignore(runtime.send_signal(SIGKILL));
    }
  }
  return Error::message(concat("the monitor of container ", container.config.name, " cannot be ended"),
                        EBUSY);
}

}  // namespace

Result<void> tear_down(Engine& engine, const Container& container) {
  TRY_ASSIGN(const bool leftovers, run_dir_exists(engine, container));
  if (!leftovers) return {};
  TRY(end_monitor(container));
  TRY_ASSIGN(const bool known, sys::exists(concat(engine.paths.runtime_root(), '/', container.config.id)));
  if (known) {
    TRY_ASSIGN(const auto runtime, engine.runtime_of(container.config));
    TRY(call_runtime(contract::delete_command(runtime, container.config.id, true), true)
            .context("delete container", container.config.id));
  }
  return sys::remove_tree(engine.run_dir(container.config).path);
}

Result<void> remove_container(Engine& engine, Container& container) {
  ContainerStatus removing = container.status;
  removing.phase = Phase::removing;
  TRY(engine.store.save(container.config.id, removing));
  container.status = removing;
  TRY(tear_down(engine, container));
  TRY(sys::remove_tree(engine.paths.data_dir(container.config.id)));
  return engine.store.remove(container.config.id);
}

Result<std::optional<LockedContainer>> relock(Engine& engine, const std::string& id) {
  TRY_ASSIGN(auto lock, ContainerLock::acquire(engine.paths, id));
  TRY_ASSIGN(auto container, engine.store.load(id));
  if (!container) return std::optional<LockedContainer>();
  TRY_ASSIGN(const bool there, reconcile(engine, *container));
  if (!there) return std::optional<LockedContainer>();
  return std::optional(LockedContainer{.container = std::move(*container), .lock = std::move(lock)});
}

Result<LockedContainer> lock_container(Engine& engine, std::string_view name_or_id) {
  TRY_ASSIGN(const auto found, engine.store.find(name_or_id));
  TRY_ASSIGN(auto locked, relock(engine, found.config.id));
  if (!locked) return Error::message(concat("no such container: ", name_or_id), ENOENT);
  return std::move(*locked);
}

namespace {

Result<bool> looks_right(const Engine& engine, const Container& container) {
  switch (container.status.phase) {
    case Phase::configured:
    case Phase::exited: {
      TRY_ASSIGN(const bool leftovers, run_dir_exists(engine, container));
      return !leftovers && !(container.config.auto_remove && container.status.phase == Phase::exited);
    }
    case Phase::running:
    case Phase::stopping: {
      TRY_ASSIGN(const bool current, from_this_boot(container.status));
      return current && init_lives(container.status);
    }
    case Phase::creating:
    case Phase::created:
    case Phase::removing:
      break;
  }
  return false;
}

}  // namespace

Result<std::optional<Container>> refresh(Engine& engine, Container container) {
  TRY_ASSIGN(const bool right, looks_right(engine, container));
  if (right) return std::optional(std::move(container));
  TRY_ASSIGN(auto lock, ContainerLock::try_acquire(engine.paths, container.config.id));
  if (!lock)
    return std::optional(std::move(container));  // somebody is at work on it: what is written is the truth
  TRY_ASSIGN(auto now, engine.store.load(container.config.id));
  if (!now) return std::optional<Container>();
  auto there = reconcile(engine, *now);
  if (!there) {
    log::warning("container ", now->config.name, ": ", there.error().to_string());
    return now;
  }
  return *there ? std::move(now) : std::optional<Container>();
}

}  // namespace berth::engine
