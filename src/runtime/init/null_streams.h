// Standard streams that are the host's /dev/null become the container's own: nothing of the host's file systems stays
// open in it, and criu, which cannot save what is not of the container, finds them where they are.
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// After the devices are there. A container without a null device keeps what it has.
void reopen_null_streams(const Context& context) noexcept;

}  // namespace berth::runtime::init
