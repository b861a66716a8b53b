// RuntimeRun: one run of the OCI runtime (create, restore or exec) to its end.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/monitor_command.h"
#include "supervise/signal_relay.h"
#include "supervise/stdio_streams.h"
#include "sys/child.h"
#include "sys/event_loop.h"

namespace berth::monitor {

// `console_socket` is empty without a terminal.
[[nodiscard]] std::vector<std::string> runtime_argv(const contract::MonitorOptions& options,
                                                    const std::string& console_socket);

struct RuntimeStdio {
  const supervise::StdioStreams* streams = nullptr;  // null: passthrough, our own stdio
  const std::vector<UniqueFd>* inherited = nullptr;  // under the same numbers
};

// Runs it and keeps the loop turning until it ends. Signals go to it meanwhile; it dies with us.
[[nodiscard]] Result<sys::ExitStatus> run_runtime(sys::EventLoop& loop,
                                                  const contract::MonitorOptions& options,
                                                  const std::string& console_socket,
                                                  const RuntimeStdio& stdio, supervise::SignalRelay& signals);

// What a runtime that failed had to say: what waits in its stderr pipe, at most 8 KiB.
[[nodiscard]] std::string runtime_message(const supervise::StdioStreams& streams,
                                          const sys::ExitStatus& status);

}  // namespace berth::monitor
