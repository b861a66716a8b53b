// Flags that stand before the verb, and the engine that they lead to.
#pragma once

#include <string>

#include "base/result.h"
#include "common/flags.h"
#include "engine/engine.h"

namespace berth {

struct Globals {
  std::string root;      // --root
  std::string run_root;  // --runroot
  std::string runtime;   // --runtime: for containers that name none
  std::string monitor;   // --conmon, --monitor
};
// Set once, by main(), before a verb runs.
[[nodiscard]] Globals& globals();
// Takes the global flags from `args`; what is left begins with the verb.
[[nodiscard]] Result<flags::Operands> take_globals(const flags::Arguments& args);
[[nodiscard]] std::string globals_usage();

[[nodiscard]] Result<engine::Engine> open_engine();

// Runs `action` for each operand; failures are printed as they come, and the rest is done all the same. The exit code
// is 0, or that of the last failure (podman's rule).
[[nodiscard]] Result<int> for_each_container(std::string_view verb, const flags::Arguments& names,
                                             const std::function<Result<void>(const std::string&)>& action);

}  // namespace berth
