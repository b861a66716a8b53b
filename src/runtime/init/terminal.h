// The terminal of the payload: a pty of the container's own devpts. pty(7), ioctl_tty(2).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// When a terminal is wanted: opens a pty below the container's /dev/pts, binds it (by descriptor) over
// /dev/console of a new container, hands its master over, and makes it our controlling terminal and stdio.
void make_console(Context& context) noexcept;

}  // namespace berth::runtime::init
