// The way to a created container, shared by `create` and `run`. A transaction: what was made (process, cgroup, state
// directory) goes again in the opposite order unless commit() is reached.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/bundle.h"
#include "runtime/container_cgroup.h"
#include "runtime/init/launch.h"
#include "runtime/notify_line.h"
#include "runtime/plan_container.h"
#include "runtime/state_dir.h"

namespace berth::runtime {

struct CreateRequest {
  std::string root;
  std::string id;
  std::string bundle;
  std::string pid_file;
  std::string pidfd_socket;
  ContainerOptions options;
  bool systemd_cgroup = false;
  bool without_cgroup = false;  // stays in the caller's, without limits; before systemd_cgroup
  bool waits_for_start = true;  // false: `run`, which starts it at once
  bool stays = false;           // `run` in the foreground
};

class Creation {
 public:
  // Returns when the container's init has nothing left to do but execve, and its state is on disk.
  static Result<std::unique_ptr<Creation>> make(const CreateRequest& request);

  [[nodiscard]] const contract::ContainerRecord& record() const noexcept { return record_; }
  [[nodiscard]] const spec::Config& config() const noexcept { return bundle_.config; }
  [[nodiscard]] UniqueFd take_terminal() { return launch_->take_terminal(); }

  // Lets init go on, and leaves it: the container outlives us now.
  Result<sys::PidFd> commit();
  // The same, and returns when the payload runs. `detached`: our process ends while the container runs on. When it cannot, its error, and nothing is left behind.
  Result<sys::PidFd> commit_and_execute(bool detached);
  // Then, for whoever stays until its end: unlocked.
  [[nodiscard]] StateDir take_state() &&;

 private:
  Creation(Bundle bundle, StateDir state) : bundle_(std::move(bundle)), state_(std::move(state)) {}
  Result<void> launch(const CreateRequest& request);
  Result<void> filter_devices();
  Result<void> filter_devices_meanwhile();
  Result<void> run_runtime_hooks();
  void plan_container_hooks();
  sys::PidFd leave(bool detached);

  // In this order: the process dies before its cgroup is removed, and that before its record.
  Bundle bundle_;
  StateDir state_;
  contract::ContainerRecord record_;
  std::optional<ContainerCgroup> group_;
  std::optional<NotifyLine> notify_line_;
  UniqueFd start_listener_;
  PreparedPlan prepared_;
  std::optional<init::Launch> launch_;
};

}  // namespace berth::runtime
