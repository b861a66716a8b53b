// The monitor: conmon's contract, from the command line to the exit status. conmon(8).
#pragma once

#include "base/result.h"
#include "contract/monitor_command.h"

namespace berth::monitor {

// Runs one container (or exec session) to its end. The exit status of the process: with --sync, and in the
// detached child, the payload's; in the caller's process 0 as soon as the child is on its own. An error is one
// that the caller can still be told on stderr or by the exit status 1.
[[nodiscard]] Result<int> run(contract::MonitorOptions given);

}  // namespace berth::monitor
