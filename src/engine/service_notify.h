// What the engine itself tells the service manager that started it. sd_notify(3).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/container.h"

namespace berth::engine {

// Our own NOTIFY_SOCKET; empty when there is none.
[[nodiscard]] std::string host_notify_socket();

// After a detached start: the monitor is the service's main process from now on (it is the one that lives as long as
// the container). With --sdnotify=conmon the service is also ready. Nothing without a socket or with --sdnotify=ignore.
[[nodiscard]] Result<void> announce_monitor(const ContainerConfig& config, pid_t monitor);

// After a start that we stay in front of: we are the service's main process, and with --sdnotify=conmon it is ready.
void announce_ready(const ContainerConfig& config);

// How many descriptors from 3 up the service manager gave us (socket activation, its descriptor store): they are the
// payload's.
[[nodiscard]] unsigned listen_fd_count();

// What the payload is told of our unit: NOTIFY_SOCKET at `inside`, the watchdog with a true WATCHDOG_PID, the
// descriptor store if it may use it.
[[nodiscard]] std::vector<std::string> payload_line(const ContainerConfig& config, std::string_view inside);

}  // namespace berth::engine
