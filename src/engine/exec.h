// `berth exec`: another process in a container that runs.
//
// The OCI runtime starts it detached; we are its subreaper, so it becomes our child when the runtime ends, and its exit
// status is ours to read. With a terminal the runtime hands us the pty through a console socket.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace berth::engine {

struct ExecOptions {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // NAME=VALUE, over the container's own
  std::string working_directory;         // empty: the container's
  std::string user;                      // empty: the container's
  bool interactive = false;
  bool terminal = false;
  bool detach = false;
  bool privileged = false;
  std::string detach_keys;
};

// The process's exit code; 0 for one that is detached. EINVAL when the container does not run.
[[nodiscard]] Result<int> exec_in(Engine& engine, const std::string& id, const ExecOptions& options);

}  // namespace berth::engine
