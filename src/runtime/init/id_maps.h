// The parent's part of a new user namespace: /proc/PID/uid_map, gid_map, setgroups. user_namespaces(7).
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "runtime/init/plan.h"

namespace berth::runtime::init {

// Directly where we may; else through newuidmap(1) and newgidmap(1).
Result<void> write_id_maps(pid_t pid, const NamespacePlan& plan);

}  // namespace berth::runtime::init
