// The labels of the payload: AppArmor profile and SELinux context, taken at execve. /proc/PID/attr.
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void write_labels(Context& context) noexcept;

}  // namespace berth::runtime::init
