#include "engine/run.h"

#include "base/log.h"
#include "base/text.h"
#include "engine/lifecycle.h"
#include "engine/process_identity.h"
#include "engine/service_notify.h"
#include "engine/start.h"

namespace berth::engine {

namespace {

Result<LockedContainer> lock_by_id(Engine& engine, const std::string& id) {
  TRY_ASSIGN(auto locked, relock(engine, id));
  if (!locked) return Error::message(concat("no such container: ", id), ENOENT);
  return std::move(*locked);
}

// The session is over: the container has ended, or goes on without us.
Result<int> finish_session(Engine& engine, const std::string& id, const ContainerStatus& status,
                           AttachEnd end) {
  if (end == AttachEnd::detached) return 0;
  TRY(wait_gone(status, -1));
  TRY(clean_up(engine, id));
  return exit_code_of(engine, id);
}

}  // namespace

Result<void> start_in_background(Engine& engine, const std::string& id) {
  TRY_ASSIGN(auto locked, lock_by_id(engine, id));
  if (locked.container.status.active()) return {};
  TRY(start_detached(engine, locked.container, {}));
  return announce_monitor(locked.container.config, locked.container.status.monitor_pid);
}

Result<int> start_attached(Engine& engine, const std::string& id, const AttachOptions& options) {
  hold_proxied_signals();
  ContainerStatus status;
  UniqueFd socket;
  RunDir run_dir;
  {
    TRY_ASSIGN(auto locked, lock_by_id(engine, id));
    if (locked.container.status.active()) {
      return Error::message(concat("container ", locked.container.config.name, " is running already"), EBUSY);
    }
    run_dir = engine.run_dir(locked.container.config);
    const bool passthrough = locked.container.config.log_driver == "passthrough";
    TRY(start_detached(engine, locked.container, [&]() -> Result<void> {
      if (passthrough) return {};
      TRY_ASSIGN(socket, connect_attach(run_dir));
      if (options.terminal) send_terminal_size(run_dir);
      return {};
    }));
    status = locked.container.status;
    announce_ready(locked.container.config);
  }  // the lock is the monitor's now, for the container's end
  AttachEnd end = AttachEnd::container_ended;
  const auto process = open_process(status.pid, status.pid_start);
  if (socket && process) {
    TRY_ASSIGN(end, attach(run_dir, std::move(socket), *process, options));
  } else if (socket) {
    // It was quicker than we: what it said waits in the socket.
    TRY_ASSIGN(end, attach(run_dir, std::move(socket), sys::PidFd(), options));
  }
  return finish_session(engine, id, status, end);
}

Result<int> attach_to(Engine& engine, const std::string& id, const AttachOptions& options) {
  TRY_ASSIGN(const auto container, engine.store.load(id));
  if (!container) return Error::message(concat("no such container: ", id), ENOENT);
  const auto process = open_process(container->status.pid, container->status.pid_start);
  if (container->status.phase != Phase::running || !process) {
    return Error::message(concat("cannot attach to container ", container->config.name, ": it is ",
                                 status_word(container->status.phase), ", not running"),
                          EINVAL);
  }
  const RunDir run_dir = engine.run_dir(container->config);
  AttachOptions effective = options;
  effective.terminal = container->config.terminal;
  effective.input = options.input && container->config.interactive;
  TRY_ASSIGN(auto socket, connect_attach(run_dir));
  TRY_ASSIGN(const auto end, attach(run_dir, std::move(socket), *process, effective));
  return finish_session(engine, id, container->status, end);
}

}  // namespace berth::engine
