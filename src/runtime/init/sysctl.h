// Kernel parameters of the container's namespaces: sysctl(8), /proc/sys.
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void write_sysctls(Context& context) noexcept;

}  // namespace berth::runtime::init
