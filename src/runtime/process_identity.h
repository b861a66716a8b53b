// Is the recorded init still there, and still itself? A pid is reused by the kernel, its start time is not.
#pragma once

#include "base/result.h"
#include "contract/state.h"
#include "sys/pidfd.h"

namespace berth::runtime {

// A pidfd of the recorded init: opened first, then checked against the start time, so it can be no other process.
// ESRCH when it is gone (or a zombie).
[[nodiscard]] Result<sys::PidFd> open_init(const contract::ContainerRecord& record);

// From the record, the process, the start socket and the freezer.
[[nodiscard]] Result<contract::Status> status_of(const std::string& root,
                                                 const contract::ContainerRecord& record);

}  // namespace berth::runtime
