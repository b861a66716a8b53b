// The UTS namespace's names: sethostname(2), setdomainname(2).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void set_host_name(Context& context) noexcept;

}  // namespace berth::runtime::init
