// Socket activation: the descriptors that a service manager gave the runtime (LISTEN_FDS) are the payload's. As runc
// does it: they come first, from 3 up, those of --preserve-fds behind them. sd_listen_fds(3).
#pragma once

#include "base/result.h"
#include "spec/config.h"

namespace berth::runtime {

// Adds LISTEN_FDS, LISTEN_FDNAMES and a LISTEN_PID that is true in the container to `config`; returns how many
// descriptors from 3 up are meant. 0 when they are meant for another process (LISTEN_PID), or when `config` speaks of
// them itself. EBADF when one of them was not left open for us.
[[nodiscard]] Result<unsigned> add_listen_fds(spec::Config& config);

}  // namespace berth::runtime
