// A transient scope: a unit of systemd's around processes that we made: systemd.scope(5).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "systemd/manager_bus.h"

namespace berth::systemd {

struct ScopeRequest {
  std::string unit;   // "libpod-web.scope"
  std::string slice;  // "machine.slice"; empty: the manager's default
  std::string description;
  pid_t pid = 0;  // who opens it
  std::vector<UnitProperty> properties = {};
};

// Returns when the scope is active and the process is in its cgroup. A unit of that name which has failed and was kept
// is cleared away first; one that runs is EEXIST.
[[nodiscard]] Result<void> start_scope(ManagerBus& bus, const ScopeRequest& request);
// Other properties for a unit that runs; gone with it, as the unit is transient.
[[nodiscard]] Result<void> set_properties(ManagerBus& bus, const std::string& unit,
                                          const std::vector<UnitProperty>& properties);

}  // namespace berth::systemd
