// The kernel should not pick the supervisor when memory runs out: /proc/self/oom_score_adj, proc(5).
#pragma once

namespace berth::monitor {

// Best effort: without CAP_SYS_RESOURCE it stays as it is.
void protect_from_oom() noexcept;

}  // namespace berth::monitor
