// Bringing what the database says of a container in line with what is the case. Every command begins with it, so what
// an earlier command left when it was killed is put right by the next.
//
//   configured, exited    a run directory that is still there is removed (and the OCI container in it)
//   creating              its command is dead, for it held the lock: monitor and OCI container are ended, then
//                         configured or exited, as before
//   created               the same: it was never started
//   running, stopping     its init lives: nothing. It does not: the exit file tells the status, or nobody (-1: the
//                         machine or the monitor went down with it); then exited, or no row with --rm
//   removing              removed
#pragma once

#include "base/result.h"
#include "engine/container_lock.h"
#include "engine/engine.h"

namespace berth::engine {

// A container that the caller may change: the lock is held and the status is that of now.
struct LockedContainer {
  Container container;
  ContainerLock lock;
};
// Finds, locks, reads again and reconciles. ENOENT when there is no such container (any more).
[[nodiscard]] Result<LockedContainer> lock_container(Engine& engine, std::string_view name_or_id);
// The same for one that was found already; nullopt when it is gone.
[[nodiscard]] Result<std::optional<LockedContainer>> relock(Engine& engine, const std::string& id);

// For lists: the status as it is now. Puts it right in the database when nobody else is at work on the container;
// never waits. nullopt when the container turned out to be gone.
[[nodiscard]] Result<std::optional<Container>> refresh(Engine& engine, Container container);

// The caller holds the lock. Ends whatever runs of the container (monitor, payload), removes the OCI container and
// the run directory. Leaves the row alone.
[[nodiscard]] Result<void> tear_down(Engine& engine, const Container& container);
// The caller holds the lock. tear_down(), the container's data, the row.
[[nodiscard]] Result<void> remove_container(Engine& engine, Container& container);

}  // namespace berth::engine
