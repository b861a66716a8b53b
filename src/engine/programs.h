// Where the programs are that the engine executes: the monitor and the OCI runtime.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::engine {

// `wanted` is a path, or a name to look up; empty: `fallback`. A name is looked for beside our own executable
// first (so that a build tree works as it stands), then in PATH, then in the usual directories.
[[nodiscard]] Result<std::string> find_program(const std::string& wanted, std::string_view fallback);
// Our own executable: what --exit-command calls.
[[nodiscard]] Result<std::string> own_program();

}  // namespace berth::engine
