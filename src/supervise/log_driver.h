// --log-path: DRIVER:PATH, read as conmon reads it, and the sinks that it asks for.
//
//   k8s-file:PATH, :PATH, PATH   CRI lines          json-file:PATH   Docker's lines (conmon has none)
//   journald[:…]                 the journal        none, off, null  nothing
//   passthrough                  the payload gets our own stdio; nothing passes through us
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/monitor_command.h"
#include "supervise/log_sink.h"

namespace berth::supervise {

struct LogDrivers {
  bool passthrough = false;
  std::vector<std::unique_ptr<LogSink>> sinks;
};

// Opens every log. An unknown driver, a file that cannot be opened, no --log-path at all: an error.
[[nodiscard]] Result<LogDrivers> open_logs(const contract::MonitorOptions& options);

}  // namespace berth::supervise
