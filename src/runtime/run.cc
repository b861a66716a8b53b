#include "runtime/run.h"

#include <sys/prctl.h>

#include "base/log.h"
#include "runtime/foreground.h"
#include "runtime/hooks.h"
#include "runtime/remove.h"

namespace berth::runtime {

Result<int> run(RunRequest request) {
  request.create.waits_for_start = false;
  request.create.stays = !request.detach;
  if (!request.detach) {
    // Both before the container exists: no signal and no orphan of its may pass us by.
    TRY(hold_signals());
    if (request.subreaper && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
      return Error::sys("prctl(PR_SET_CHILD_SUBREAPER)");
  }
  TRY_ASSIGN(auto creation, Creation::make(request.create));
  const spec::Hooks hooks = creation->config().hooks;
  const contract::ContainerRecord record = creation->record();
  UniqueFd terminal = creation->take_terminal();
  TRY_ASSIGN(const sys::PidFd process, creation->commit_and_execute(request.detach));
  StateDir state = std::move(*creation).take_state();
  creation.reset();
  run_hooks_and_warn(hooks.poststart, "poststart", record, contract::Status::running);
  if (request.detach) return 0;

  auto status = attend(process, std::move(terminal));
  if (!request.keep) {
    const auto removed = remove_ended(std::move(state), record, hooks);
    if (!removed) log::warning("delete container ", request.create.id, ": ", removed.error().to_string());
  }
  TRY_ASSIGN(const sys::ExitStatus ended, std::move(status));
  return ended.code();
}

}  // namespace berth::runtime
