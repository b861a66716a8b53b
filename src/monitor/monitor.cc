#include "monitor/monitor.h"

#include <malloc.h>

#include "base/log.h"
#include "monitor/caller_pipes.h"
#include "monitor/detach.h"
#include "monitor/oom_score.h"
#include "monitor/options.h"
#include "monitor/session.h"
#include "supervise/exit_command.h"

namespace berth::monitor {

namespace {

Result<int> supervise_payload(Session& session) {
  TRY(session.open_doors());
  TRY(session.wait_for_attach());  // exec sessions: the caller wants to see the first byte
  TRY(session.start_payload());
  protect_from_oom();  // after the runtime: the payload must not inherit it
  ::malloc_trim(0);    // what starting took is not needed any more
  TRY(session.supervise());
  return session.finish();
}

Result<int> run_session(const contract::MonitorOptions& options, supervise::LogDrivers logs,
                        CallerPipes pipes) {
  TRY_ASSIGN(const auto session, Session::open(options, std::move(logs), std::move(pipes)));
  auto status = supervise_payload(*session);
  if (!status) session->report_failure(status.error());
  return status ? *status : 1;
}

}  // namespace

Result<int> run(contract::MonitorOptions given) {
  TRY_ASSIGN(auto pipes, CallerPipes::take());
  TRY_ASSIGN(const auto options, resolve(std::move(given)));
  TRY_ASSIGN(auto logs, supervise::open_logs(options));
  TRY(wait_for_start(pipes.start));  // by now the caller has put us into our cgroup
  TRY(leave_caller(options));        // the caller's process ends here, unless --sync
  TRY(leave_session(options, logs.passthrough));
  auto status = run_session(options, std::move(logs), std::move(pipes));
  // All of the container's descriptors are closed now; also after a failure (the caller counts on it).
  supervise::run_exit_command({.program = options.exit_command,
                               .args = options.exit_command_args,
                               .delay = std::chrono::seconds(options.exit_delay_seconds)});
  return status;
}

}  // namespace berth::monitor
