// How the payload is scheduled: sched_setattr(2), ioprio_set(2), sched_setaffinity(2), set_mempolicy(2),
// personality(2).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void apply_scheduling(Context& context) noexcept;

}  // namespace berth::runtime::init
