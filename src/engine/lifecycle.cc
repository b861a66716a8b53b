#include "engine/lifecycle.h"

#include <poll.h>

#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "engine/process_identity.h"
#include "engine/quantity.h"

namespace berth::engine {

namespace {

// A monitor drains the payload's output, then runs its exit command, which waits for our lock.
constexpr int kMonitorGraceMs = 30'000;
constexpr int kKillGraceMs = 10'000;
constexpr int kNotStartedPollMs = 50;

Error not_running(const Container& container, std::string_view verb) {
  return Error::message(concat("cannot ", verb, " container ", container.config.name, ": it is ",
                               status_word(container.status.phase), ", not running"),
                        EINVAL);
}

Result<void> signal_init(const ContainerStatus& status, int signal) {
  const auto process = open_process(status.pid, status.pid_start);
  if (!process) return {};
  auto sent = process->send_signal(signal);
  if (!sent && sent.error().is(ESRCH)) return {};
  return sent;
}

// Marks the container as stopping and signals it; nullopt when there is nothing to stop.
Result<std::optional<Container>> begin_stop(Engine& engine, const std::string& id, int signal) {
  TRY_ASSIGN(auto locked, relock(engine, id));
  if (!locked || !locked->container.status.active()) return std::optional<Container>();
  locked->container.status.phase = Phase::stopping;
  TRY(engine.store.save(id, locked->container.status));
  TRY(signal_init(locked->container.status, signal != 0 ? signal : locked->container.config.stop_signal));
  return std::optional(std::move(locked->container));
}

Result<void> kill_and_wait(const Container& container) {
  TRY(signal_init(container.status, SIGKILL));
  TRY_ASSIGN(const bool gone, wait_gone(container.status, kKillGraceMs));
  if (gone) return {};
  return Error::message(
      concat("container ", container.config.name, " survives SIGKILL (process ", container.status.pid, ")"),
      EBUSY);
}

}  // namespace

void hold_stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Result<bool> wait_gone(const ContainerStatus& status, int timeout_ms) {
  if (const auto init = open_process(status.pid, status.pid_start)) {
    TRY_ASSIGN(const bool ended, init->wait_exit(timeout_ms));
    if (!ended) return false;
  }
  if (const auto monitor = open_process(status.monitor_pid, status.monitor_start)) {
    TRY_ASSIGN(const bool ended, monitor->wait_exit(kMonitorGraceMs));
    if (!ended) log::warning("the monitor (process ", status.monitor_pid, ") outlives its container");
  }
  return true;
}

Result<void> stop_container(Engine& engine, const std::string& id, std::optional<unsigned> timeout_seconds) {
  TRY_ASSIGN(const auto stopping, begin_stop(engine, id, 0));
  if (!stopping) return {};
  const std::int64_t seconds = timeout_seconds.value_or(stopping->config.stop_timeout);
  const auto timeout_ms = static_cast<int>(std::min<std::int64_t>(seconds * 1000, 1 << 30));
  TRY_ASSIGN(const bool gone, wait_gone(stopping->status, timeout_ms));
  if (!gone) {
    if (seconds > 0) {
      log::warning("StopSignal ", signal_name(stopping->config.stop_signal), " failed to stop container ",
                   stopping->config.name, " in ", seconds, " seconds, resorting to SIGKILL");
    }
    TRY(kill_and_wait(*stopping));
  }
  return clean_up(engine, id);
}

Result<void> kill_container(Engine& engine, const std::string& id, int signal) {
  TRY_ASSIGN(const auto locked, relock(engine, id));
  if (!locked) return Error::message(concat("no such container: ", id), ENOENT);
  if (!locked->container.status.active()) return not_running(locked->container, "kill");
  return signal_init(locked->container.status, signal);
}

Result<int> wait_container(Engine& engine, const std::string& id) {
  while (true) {
    TRY_ASSIGN(const auto container, engine.store.load(id));
    if (!container) return exit_code_of(engine, id);
    switch (container->status.phase) {
      case Phase::exited:
        return container->status.exit_code;
      case Phase::running:
      case Phase::stopping: {
        TRY(wait_gone(container->status, -1));
        TRY(clean_up(engine, id));
        return exit_code_of(engine, id);
      }
      case Phase::configured:
      case Phase::creating:
      case Phase::created:
      case Phase::removing:
        ::poll(nullptr, 0, kNotStartedPollMs);
        break;
    }
  }
}

Result<int> exit_code_of(Engine& engine, const std::string& id) {
  TRY_ASSIGN(const auto entry, engine.store.last_exit(id));
  if (entry) return entry->exit_code;
  return Error::message(concat("container ", id, " was removed before its exit status was read"), ENOENT);
}

Result<void> delete_container(Engine& engine, const std::string& id, bool force, unsigned timeout_seconds) {
  TRY_ASSIGN(auto locked, relock(engine, id));
  if (!locked) return {};
  if (locked->container.status.active()) {
    if (!force) {
      return Error::message(
          concat("cannot remove container ", locked->container.config.name, " (", locked->container.config.id,
                 ") as it is ", status_word(locked->container.status.phase),
                 ": stop it first, or use --force"),
          EBUSY);
    }
    locked.reset();  // its monitor needs the lock to clear away
    TRY(stop_container(engine, id, timeout_seconds));
    TRY_ASSIGN(locked, relock(engine, id));
    if (!locked) return {};
  }
  return remove_container(engine, locked->container);
}

Result<void> clean_up(Engine& engine, const std::string& id) {
  TRY(relock(engine, id));
  return {};
}

}  // namespace berth::engine
