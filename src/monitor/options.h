// What a command line must say, and what it leaves to us: conmon's rules, in conmon's order.
#pragma once

#include <string>

#include "base/result.h"
#include "contract/monitor_command.h"

namespace berth::monitor {

// Defaults filled in (bundle, pid file, socket directory), paths made absolute. EINVAL says what is missing or
// does not go together; EACCES or ENOENT: the runtime is no executable file.
[[nodiscard]] Result<contract::MonitorOptions> resolve(contract::MonitorOptions options);

}  // namespace berth::monitor
