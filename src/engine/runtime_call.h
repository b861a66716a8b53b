// Calling an OCI runtime, and understanding what it says when it fails.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "contract/runtime_command.h"

namespace berth::engine {

// Runs `command` to its end. A failure carries the runtime's own words (the last line of its stderr), and the exit
// code that they stand for: see runtime_error().
// `ignore_stop_signals`: it clears away, and must come to its end also when the unit that we are in is stopped.
[[nodiscard]] Result<void> call_runtime(const contract::RuntimeCommand& command,
                                        bool ignore_stop_signals = false);

// A runtime's message as an error: exit code 127 when it says that the command was not found, 126 when that it cannot
// be executed, else ours. `message` may be several lines, or JSON lines as runc's and crun's --log-format=json.
[[nodiscard]] Error runtime_error(std::string_view message);

}  // namespace berth::engine
