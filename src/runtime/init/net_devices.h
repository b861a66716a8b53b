// Interfaces of the host that become the container's: config-linux.md "netDevices". Runs in the parent.
#pragma once

#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "runtime/init/plan.h"

namespace berth::runtime::init {

// Each of them goes to the namespace under its new name, with its lasting addresses of global scope, and is up there.
// When one cannot, those that went before come back, and the error names the JSON path of that one: ENODEV there is none,
// EEXIST the new name is taken, EPERM not ours to move (rootless).
[[nodiscard]] Result<void> move_net_devices(const std::vector<NetDevicePlan>& devices,
                                            FdRef network_namespace);

}  // namespace berth::runtime::init
