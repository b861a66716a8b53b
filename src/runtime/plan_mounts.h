// The mounts and devices of a container. config.md "Mounts", config-linux.md "Devices", "Default Devices".
#pragma once

#include "base/result.h"
#include "cgroup/cgroup.h"
#include "runtime/bundle.h"
#include "runtime/prepared_plan.h"

namespace berth::runtime {

// A relative one is the bundle's.
[[nodiscard]] std::string bind_source(const Bundle& bundle, const spec::Mount& mount);
Result<void> plan_mounts(const Bundle& bundle, const cgroup::Cgroup& group, PreparedPlan& prepared,
                         init::RootPlan& root);
// `bound`: the container may make no device nodes, the host's are bound.
void plan_devices(const spec::Config& config, bool bound, init::RootPlan& root);

}  // namespace berth::runtime
