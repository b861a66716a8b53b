// The container's root: a mount of its own to build below, and at last the root of the process. pivot_root(2).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// Cuts the propagation of mounts to the host, and mounts the root onto itself (pivot_root wants a mount).
void enter_root_mount(Context& context) noexcept;
// The new root becomes "/", the host's tree is gone.
void change_root(Context& context) noexcept;
// What could only become read-only at the end: /dev, the root itself; and the root's propagation.
void seal_root(Context& context) noexcept;
// exec: the root of the mount namespace that was joined.
void open_current_root(Context& context) noexcept;

}  // namespace berth::runtime::init
