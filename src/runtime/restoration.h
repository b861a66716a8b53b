// The way to a restored container. A transaction, as creation.h is: what was made (processes, mounts, cgroup, state
// directory) goes again unless commit() is reached.
//
//   we                                              criu, in the container's cgroup
//    |  -- restore(images, root, mounts, …) ---------->|  clones init, our child, into its namespaces
//    |<------------------------- setup-namespaces ---- |
//    |  prestart and createRuntime hooks               |
//    |<------------ [terminal] orphan-pts-master + fd -|
//    |  hands the pty over                             |
//    |<----------------------------- post-restore -----|  all is there and stands still
//    |  device filter; writes the state                |
//    |<-------------------------------------- done ----|  it runs
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "runtime/bundle.h"
#include "runtime/checkpoint_image.h"
#include "runtime/container_cgroup.h"
#include "runtime/criu.h"
#include "runtime/notify_line.h"
#include "runtime/restore.h"
#include "runtime/restore_root.h"
#include "runtime/state_dir.h"
#include "sys/pidfd.h"

namespace berth::runtime {

class Restoration {
 public:
  // Returns when the processes run.
  static Result<std::unique_ptr<Restoration>> make(const RestoreRequest& request);

  [[nodiscard]] const contract::ContainerRecord& record() const noexcept { return record_; }
  [[nodiscard]] const spec::Config& config() const noexcept { return bundle_.config; }
  // The master of its pty, when no console socket took it.
  [[nodiscard]] UniqueFd take_terminal() { return std::move(terminal_); }

  // The container outlives us now. `detached`: our process ends while it runs on.
  Result<sys::PidFd> commit(bool detached);
  // After commit(): its directory, no longer locked.
  [[nodiscard]] StateDir take_state() &&;

 private:
  Restoration(Bundle bundle, StateDir state) : bundle_(std::move(bundle)), state_(std::move(state)) {}
  Result<void> run_criu(const RestoreRequest& request);
  Result<contract::CriuOptions> describe(const RestoreRequest& request, const CheckpointImage& image,
                                         const RestoreRoot& root) const;
  Result<void> hear(const RestoreRequest& request, const RestoreRoot& root, CriuNotice notice);
  Result<void> run_hooks_of(pid_t init);
  Result<void> take_over(pid_t init);
  Result<void> hand_over_terminal(const RestoreRequest& request, UniqueFd master);

  // In this order: the cgroup with its processes goes before the record.
  Bundle bundle_;
  StateDir state_;
  contract::ContainerRecord record_;
  std::optional<ContainerCgroup> group_;
  std::optional<NotifyLine> notify_line_;
  UniqueFd terminal_;
  sys::PidFd init_;
};

}  // namespace berth::runtime
