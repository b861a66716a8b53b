// `berth run` and `berth start --attach`: a container in the foreground, in the background, or as a unit's process.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/attach.h"
#include "engine/engine.h"
#include "engine/reconcile.h"

namespace berth::engine {

// Starts in the background; returns when the payload runs. A container that runs already is left alone.
[[nodiscard]] Result<void> start_in_background(Engine& engine, const std::string& id);

// Starts, attaches and waits. The exit code is the container's, or 0 after the user has detached.
[[nodiscard]] Result<int> start_attached(Engine& engine, const std::string& id, const AttachOptions& options);

// Attaches to a container that runs.
[[nodiscard]] Result<int> attach_to(Engine& engine, const std::string& id, const AttachOptions& options);

// What a service manager made of this very process.
enum class UnitKind {
  none,       // it did not start us
  plain,      // it waits for our word: only the unit's main process is heard (NotifyAccess=main)
  delegated,  // the unit's cgroup is ours to divide
};
// Unless none, `berth run` becomes the supervisor (become_supervisor) instead of staying beside one.
[[nodiscard]] UnitKind unit_kind();

// Splits the unit's cgroup (where it is delegated; else the container gets one of its own) and turns this process into the container's monitor: same pid, standard streams passed
// through, and the container's exit status is ours. A child of ours starts the payload once the monitor has created
// the container. Returns only on failure, with everything undone.
[[nodiscard]] Error become_supervisor(Engine engine, const std::string& id);

}  // namespace berth::engine
