// `restore`: a container whose processes go on where a checkpoint has saved them. runc-restore(8).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "contract/criu_rpc.h"

namespace berth::runtime {

struct RestoreRequest {
  std::string root;
  std::string id;
  std::string bundle;
  std::string pid_file;
  std::optional<std::string> console_socket;
  std::string image_path;      // empty: "checkpoint"
  std::string work_path;       // empty: the same
  contract::CriuOptions criu;  // what the caller may choose of it
  bool systemd_cgroup = false;
  bool detach = false;
  bool subreaper = true;
};

// The exit code: that of the payload, or 0 when it is left alone. When it cannot be restored nothing stays behind.
Result<int> restore(const RestoreRequest& request);

}  // namespace berth::runtime
