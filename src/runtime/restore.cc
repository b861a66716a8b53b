#include "runtime/restore.h"

#include <sys/prctl.h>

#include "base/log.h"
#include "runtime/foreground.h"
#include "runtime/remove.h"
#include "runtime/restoration.h"

namespace berth::runtime {

Result<int> restore(const RestoreRequest& request) {
  if (!request.detach) {
    // Both before the container exists: no signal and no orphan of its may pass us by.
    TRY(hold_signals());
    if (request.subreaper && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
      return Error::sys("prctl(PR_SET_CHILD_SUBREAPER)");
  }
  TRY_ASSIGN(auto restoration, Restoration::make(request));
  const spec::Hooks hooks = restoration->config().hooks;
  const contract::ContainerRecord record = restoration->record();
  UniqueFd terminal = restoration->take_terminal();
  TRY_ASSIGN(const sys::PidFd process, restoration->commit(request.detach));
  StateDir state = std::move(*restoration).take_state();
  restoration.reset();
  if (request.detach) return 0;

  auto status = attend(process, std::move(terminal));
  const auto removed = remove_ended(std::move(state), record, hooks);
  if (!removed) log::warning("delete container ", request.id, ": ", removed.error().to_string());
  TRY_ASSIGN(const sys::ExitStatus ended, std::move(status));
  return ended.code();
}

}  // namespace berth::runtime
