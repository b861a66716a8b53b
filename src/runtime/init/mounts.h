// The mounts of config.json, in its order, below the new root.
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void mount_all(Context& context) noexcept;

}  // namespace berth::runtime::init
