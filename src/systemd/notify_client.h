// Sending one message to a service manager and waiting for it: what a client does, without an event loop.
//
// For `berth notify send` and for code that runs before or after the event loop. Timeouts are in
// milliseconds; -1 waits for ever. sd_notify(3), sd_notify_barrier(3).
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "systemd/notify_address.h"

namespace berth::systemd {

// Waits while the host is full; ETIMEDOUT then. EOPNOTSUPP: descriptors over vsock. `as_pid` other than 0: in
// the name of that process (CAP_SYS_ADMIN; EPERM without).
[[nodiscard]] Result<void> send_notification(const NotifyAddress& address, std::string_view lines,
                                             const std::vector<FdRef>& fds, int timeout_ms, pid_t as_pid = 0);
// Returns when the host has processed all that was sent before; ETIMEDOUT when it has not in time.
[[nodiscard]] Result<void> notify_barrier(const NotifyAddress& address, int timeout_ms);

}  // namespace berth::systemd
