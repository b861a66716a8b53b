// CallerPipes: the descriptors that the caller handed over by number in the environment
// (contract/monitor_command.h), and those that it left open for the runtime.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/sync_pipe.h"

namespace berth::monitor {

struct CallerPipes {
  UniqueFd start;
  UniqueFd sync;
  UniqueFd attach;
  // Everything else from 3 up (LISTEN_FDS, --preserve-fds): goes to the runtime under the same number.
  std::vector<UniqueFd> inherited;

  // A variable that is no number, or names no open descriptor: EINVAL, EBADF. Call once, first thing in main.
  static Result<CallerPipes> take();
};

// Waits until the caller writes to, or closes, the start pipe. Without one returns at once.
[[nodiscard]] Result<void> wait_for_start(FdRef start);

// Tells the caller; a caller that is gone is no error.
void tell(UniqueFd& pipe, const contract::SyncMessage& message, std::string_view key);

}  // namespace berth::monitor
