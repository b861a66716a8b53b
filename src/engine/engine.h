// What every verb needs: where things are, and the database.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "contract/runtime_command.h"
#include "engine/container.h"
#include "engine/container_store.h"
#include "engine/paths.h"

namespace berth::engine {

struct Engine {
  Paths paths;
  ContainerStore store;

  // Makes the directories and opens the database. `root` and `run_root`: see Paths::resolve.
  static Result<Engine> open(const std::string& root, const std::string& run_root);

  [[nodiscard]] RunDir run_dir(const ContainerConfig& config) const { return {paths.run_dir(config.id)}; }
  // The OCI runtime of a container, ready to be called.
  [[nodiscard]] Result<contract::RuntimeProgram> runtime_of(const ContainerConfig& config) const;
};

}  // namespace berth::engine
