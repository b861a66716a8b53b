// Standing in for a process of the container while it runs: signals go to it, orphans are reaped, its end is waited
// for.
#pragma once

#include "base/result.h"
#include "sys/pidfd.h"

namespace berth::runtime {

// Blocks all signals that can be forwarded. Before the process is made, so that none is lost; the child resets
// its own mask.
Result<void> hold_signals();
// After hold_signals(). Returns when `process` (our child) has ended. `terminal`: the master of its pty, whose bytes
// are carried to and from our own terminal; -1 without one.
Result<sys::ExitStatus> attend(const sys::PidFd& process, UniqueFd terminal);

}  // namespace berth::runtime
