// `start`: lets the init of a created container execute its payload.
#pragma once

#include <string>

#include "base/result.h"

namespace berth::runtime {

// Returns when the payload runs, and the poststart hooks have. When it cannot be executed: its error.
Result<void> start(const std::string& root, const std::string& id);

}  // namespace berth::runtime
