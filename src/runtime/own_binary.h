// The runtime's own binary, out of reach of containers (CVE-2019-5736).
//
// A process of a container may open /proc/PID/exe of the runtime's processes that it can see, and keep that
// descriptor until it can write the host's file through it. So these processes run from a read-only, detached mount
// of the binary (open_tree(2), mount_setattr(2)), through which nobody can write; where mounting is not permitted,
// from a sealed copy in memory (memfd_create(2)).
#pragma once

#include "base/result.h"

namespace berth::runtime {

// Returns when this process already runs from such a place. Else it executes the program again from there and
// does not return. Call first thing: descriptors without close-on-exec and the environment stay as they are.
Result<void> protect_own_binary(char** argv);

}  // namespace berth::runtime
