#include "engine/engine.h"

#include "engine/programs.h"

namespace berth::engine {

Result<Engine> Engine::open(const std::string& root, const std::string& run_root) {
  TRY_ASSIGN(auto paths, Paths::resolve(root, run_root));
  TRY(paths.make());
  TRY_ASSIGN(auto store, ContainerStore::open(paths));
  return Engine{.paths = std::move(paths), .store = std::move(store)};
}

Result<contract::RuntimeProgram> Engine::runtime_of(const ContainerConfig& config) const {
  TRY_ASSIGN(auto path, find_program(config.runtime, "berth-runtime"));
  return contract::RuntimeProgram{.path = std::move(path), .args = {"--root", paths.runtime_root()}};
}

}  // namespace berth::engine
