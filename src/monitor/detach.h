// Leaving the caller: the double fork, the session, the standard descriptors.
#pragma once

#include "base/result.h"
#include "contract/monitor_command.h"

namespace berth::monitor {

// Forks unless options.sync; the parent writes the pid file and ends with 0, the child returns. With sync the one
// process writes its own pid and returns.
[[nodiscard]] Result<void> leave_caller(const contract::MonitorOptions& options);

// A session of our own, /dev/null as stdin and stdout, and as stderr unless options.sync (its diagnostics go to the
// unit's journal then). With passthrough nothing changes until release_stdio(): the payload gets ours.
[[nodiscard]] Result<void> leave_session(const contract::MonitorOptions& options, bool passthrough);
void release_stdio(const contract::MonitorOptions& options);

}  // namespace berth::monitor
