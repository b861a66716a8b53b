// Starting a container: from a row of the database to a payload that runs.
//
//   1. phase creating        who dies after this leaves something to heal (reconcile.h)
//   2. run directory         config.json, generated files, the places of pid and exit files
//   3. the monitor           forks itself away, runs `runtime create`, reports the pid of init
//   4. phase created
//   5. the caller attaches   before the first byte is written
//   6. `runtime start`
//   7. phase running
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/reconcile.h"
#include "engine/spec_builder.h"

namespace berth::engine {

// The host's end of the payload's NOTIFY_SOCKET; empty when there is none, or --sdnotify does not want it.
[[nodiscard]] std::string payload_notify_socket(const ContainerConfig& config);

// Steps 1 and 2. The container is configured or exited.
[[nodiscard]] Result<void> prepare_start(Engine& engine, Container& container, const StartPlace& place);
// Step 4: `pid` is init, as the monitor reported it.
[[nodiscard]] Result<void> note_created(Engine& engine, Container& container, pid_t pid);
// Steps 6 and 7, and the pid files that the user asked for.
[[nodiscard]] Result<void> run_payload(Engine& engine, Container& container);
// After a failure in any step: ends and removes what the start made. The container is as it was before, with
// `why` noted.
void undo_start(Engine& engine, Container& container, const Error& why);

// linux.cgroupsPath for a container that is not split off a unit; empty: no cgroup of its own.
[[nodiscard]] std::string own_cgroup(const ContainerConfig& config);

// All steps with a detached monitor. `attach` (may be empty) is step 5. On failure everything is undone.
[[nodiscard]] Result<void> start_detached(Engine& engine, Container& container,
                                          const std::function<Result<void>()>& attach);

}  // namespace berth::engine
