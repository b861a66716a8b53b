// Finding the monitor of a container whose pid nobody wrote down: its command was killed before it could. The monitor's
// command line tells ("-c ID"). A walk through /proc, for healing only.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sys/pidfd.h"

namespace berth::engine {

struct MonitorSearch {
  std::vector<sys::PidFd> monitors;
  std::vector<sys::PidFd> runtimes;  // that create or start the container on a monitor's behalf
};
// Without our own parent: a monitor that calls us (its exit command, a unit's starter) ends by itself. Nor its children
// or another monitor's: copies of it that have yet to execute something.
[[nodiscard]] Result<MonitorSearch> find_monitor(const std::string& id);

}  // namespace berth::engine
