// Stats in the shape that `runc events --stats` prints, which engines and exporters parse.
#pragma once

#include "cgroup/stats.h"
#include "json/writer.h"

namespace berth::cgroup {

// The object after "data": {"cpu": …, "cpuset": …, "memory": …, "pids": …, "blkio": …, "hugetlb": …, …}
void encode(json::Writer& out, const Stats& stats);

}  // namespace berth::cgroup
