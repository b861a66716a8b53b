// `checkpoint`: saves a container's processes with criu, so that `restore` can let them go on. runc-checkpoint(8).
#pragma once

#include <string>

#include "base/result.h"
#include "contract/criu_rpc.h"

namespace berth::runtime {

struct CheckpointRequest {
  std::string root;
  std::string id;
  std::string image_path;      // empty: "checkpoint"
  std::string work_path;       // empty: the same
  contract::CriuOptions criu;  // what the caller may choose of it
  bool pre_dump = false;       // its memory only; it runs on
  int status_fd = -1;          // gets a NUL when the page server of a lazy dump is ready
};

// The container is gone then, as after `delete`, unless it was to run on. Runs as before when it fails.
Result<void> checkpoint(const CheckpointRequest& request);

}  // namespace berth::runtime
