// One lock a container, held while a command changes it. All containers share one file: container X is the byte
// whose offset is made of X's id (fcntl(2), open file description locks). So no lock file has to be
// made or removed, and a command that is killed lets go by itself.
//
// The lock follows the open file description: a forked child that keeps the descriptor keeps the lock.
// Hold it for the length of a change, never while waiting for a container to end.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/paths.h"

namespace berth::engine {

class ContainerLock {
 public:
  // Waits until nobody else holds it.
  static Result<ContainerLock> acquire(const Paths& paths, const std::string& id);
  // nullopt when somebody else holds it.
  static Result<std::optional<ContainerLock>> try_acquire(const Paths& paths, const std::string& id);

 private:
  explicit ContainerLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace berth::engine
