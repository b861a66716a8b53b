// The flags of berth-monitor, parsed.
#pragma once

#include <string>

#include "base/result.h"
#include "common/flags.h"
#include "contract/monitor_command.h"

namespace berth {

struct MonitorCommand {
  contract::MonitorOptions options;
  bool version = false;
  bool help = false;
  std::string usage;
};

// conmon ignores operands; so do we.
[[nodiscard]] Result<MonitorCommand> parse_monitor_command(flags::Arguments args);

}  // namespace berth
