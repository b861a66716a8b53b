// Block IO limits as writes: which file takes a weight depends on the machine's IO scheduler. See settings.h.
#pragma once

#include <vector>

#include "cgroup/settings.h"
#include "spec/block_io.h"

namespace berth::cgroup {

// `has_bfq`: the cgroup has io.bfq.weight, which counts as v1 did; io.weight (the iocost controller) does
// not.
[[nodiscard]] std::vector<Setting> io_settings_of(const spec::BlockIo& io, bool has_bfq);

}  // namespace berth::cgroup
