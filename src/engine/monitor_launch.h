// Starting the monitor of a container: its command line, its environment, and the pid that it reports.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/monitor_command.h"
#include "engine/engine.h"

namespace berth::engine {

// conmon's flags for `config`. `sync`: the caller becomes the monitor (one process, its exit status is the
// container's). `notify_socket` is the host's; empty: the payload has no line to it.
[[nodiscard]] Result<contract::MonitorOptions> monitor_options(const Engine& engine,
                                                               const ContainerConfig& config, bool sync,
                                                               const std::string& notify_socket);

// Our environment without what is meant for us alone (NOTIFY_SOCKET, LISTEN_FDS, …), with _OCI_SYNCPIPE.
// `listen_fds`: LISTEN_FDS and its kin stay, the monitor and the runtime hand the descriptors on to the payload.
[[nodiscard]] std::vector<std::string> monitor_environment(int sync_fd, bool listen_fds = false);

// Reads the first line from the sync pipe: the pid of the container's init, in the state "created". The runtime's own
// error otherwise.
[[nodiscard]] Result<pid_t> read_created_pid(FdRef sync_pipe);

// Runs the monitor detached (it forks twice) and returns the pid of the container's init. Our standard streams are
// handed over when the log driver is passthrough.
[[nodiscard]] Result<pid_t> launch_monitor(const Engine& engine, const ContainerConfig& config,
                                           const std::string& notify_socket);

}  // namespace berth::engine
