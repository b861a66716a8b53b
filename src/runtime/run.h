// `run`: create and start in one, and in the foreground also the wait for the end.
#pragma once

#include "base/result.h"
#include "runtime/creation.h"

namespace berth::runtime {

struct RunRequest {
  CreateRequest create;
  bool detach = false;
  bool keep = false;  // the container's state stays after its end
  bool subreaper = true;
};

// The exit code of the container; 0 when detached.
Result<int> run(RunRequest request);

}  // namespace berth::runtime
