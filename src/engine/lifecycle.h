// What is done to a container that exists: stop, kill, wait, remove; and what its monitor calls when it has ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/reconcile.h"

namespace berth::engine {

// Sends the stop signal, waits `timeout_seconds` (unset: the container's own), then SIGKILL; returns when the monitor has
// cleared away. A container that does not run is left as it is.
[[nodiscard]] Result<void> stop_container(Engine& engine, const std::string& id,
                                          std::optional<unsigned> timeout_seconds);
// To the container's init. EINVAL when it does not run.
[[nodiscard]] Result<void> kill_container(Engine& engine, const std::string& id, int signal);
// Waits for the end of a container that runs or is about to; its exit code. A container that was never started is
// waited for until it was.
[[nodiscard]] Result<int> wait_container(Engine& engine, const std::string& id);
// EBUSY when it runs and `force` is false; with force it is killed first (after `timeout_seconds`: 0 at once).
[[nodiscard]] Result<void> delete_container(Engine& engine, const std::string& id, bool force,
                                            unsigned timeout_seconds);

// For the monitor's --exit-command: records the exit and removes what the run left. A container that runs (again) is
// left alone.
[[nodiscard]] Result<void> clean_up(Engine& engine, const std::string& id);

// Blocks the signals with which a service manager ends a unit: it sends them to every process of the unit, also to
// one that is about to clear away. They stay pending, and blocked across execve(2).
void hold_stop_signals();

// Waits until the payload and then its monitor are gone, `timeout_ms` for the payload (-1: for ever). False when
// the payload still runs.
[[nodiscard]] Result<bool> wait_gone(const ContainerStatus& status, int timeout_ms);
// The exit code of a container whose end was waited for, also when it has removed itself.
[[nodiscard]] Result<int> exit_code_of(Engine& engine, const std::string& id);

}  // namespace berth::engine
