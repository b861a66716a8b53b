// The loopback interface of a new network namespace, which begins down: netdevice(7).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void bring_loopback_up(Context& context) noexcept;

}  // namespace berth::runtime::init
