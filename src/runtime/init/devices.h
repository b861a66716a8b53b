// /dev of the container: its nodes and its links. config-linux.md "Default Devices".
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// Nodes are made with mknod(2); in a user namespace, where that is not permitted, the host's are bound.
void make_devices(Context& context) noexcept;

}  // namespace berth::runtime::init
