// The foreground of an exec session: signals to the process, bytes between two terminals.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/attach.h"
#include "sys/pidfd.h"

namespace berth::engine {

// Passes our signals on (they are blocked: hold_proxied_signals) until the process has ended.
[[nodiscard]] Result<void> pass_signals_until_exit(const sys::PidFd& process);

// Takes the pty that the OCI runtime sends through `console` (a listening socket) and copies between it and our
// streams until the process has ended or the user leaves by `detach_keys` (as bytes).
[[nodiscard]] Result<AttachEnd> relay_terminal(const UniqueFd& console, const sys::PidFd& process, bool input,
                                               const std::string& detach_keys);

}  // namespace berth::engine
