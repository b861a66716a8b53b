#include "monitor/oom_score.h"

#include "base/result.h"
#include "sys/file.h"

namespace berth::monitor {

void protect_from_oom() noexcept {
  ignore(sys::write_existing("/proc/self/oom_score_adj", "-1000"));
}

}  // namespace berth::monitor
