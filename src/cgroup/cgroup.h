// One cgroup of the v2 tree, and how a container gets its own: cgroups(7),
// Documentation/admin-guide/cgroup-v2.
//
//   TRY_ASSIGN(const auto placement, cgroup::place({.cgroups_path = linux.cgroups_path, .id = id}));
//   TRY_ASSIGN(auto group, cgroup::Cgroup::create(placement, linux.resources));
//   … clone3(CLONE_INTO_CGROUP, group.fd()) …
//   TRY(group.kill()); TRY(group.remove());
//
// A Cgroup does not remove itself: it belongs to the container, not to the process that looks at it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cgroup/placement.h"
#include "spec/resources.h"

namespace berth::cgroup {

// What the kernel needs beyond the limits themselves.
struct ApplyOptions {
  // We are in a user namespace or unprivileged: the device filter, which needs CAP_BPF, is left out.
  bool rootless = false;
  // create() leaves the device filter out: the caller calls filter_devices() before the payload runs. Loading a
  // program takes the kernel a while, which may just as well pass while the container's init mounts.
  bool devices_later = false;
};

class Cgroup {
 public:
  Cgroup() = default;  // none: every operation succeeds without doing anything

  // Makes the directory (and its parents), enables the controllers that `resources` need along the way, sets
  // the limits, attaches the device filter. Whatever was made is removed again on failure. EEXIST never: an
  // existing cgroup is used when it holds no process, else EBUSY. When neither permission nor the file system
  // allows it and `resources` ask for nothing, the result is none() in a rootless session.
  static Result<Cgroup> create(const Placement& placement, const spec::Resources& resources,
                               const ApplyOptions& options = {});
  // One that exists; ENOENT otherwise. An empty path gives none().
  static Result<Cgroup> open(const std::string& path);

  [[nodiscard]] bool is_none() const noexcept { return path_.empty(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // The directory, for CLONE_INTO_CGROUP; invalid for none().
  [[nodiscard]] FdRef fd() const noexcept { return directory_; }

  // Sets limits, also on a cgroup in use (`update`). A limit whose controller is missing is an error that
  // names the member, the controller and the cgroup; what is unset is not touched.
  [[nodiscard]] Result<void> apply(const spec::Resources& resources, const ApplyOptions& options = {}) const;
  // Quota and period, memory and swap make one value each: where `change` has only one of a pair, with the other as it is now.
  [[nodiscard]] spec::Resources completed(const spec::Resources& change) const;
  // The device filter alone; what is attached already goes when the new one is there.
  [[nodiscard]] Result<void> filter_devices(const spec::Resources& resources,
                                            const ApplyOptions& options = {}) const;
  [[nodiscard]] Result<void> add_process(pid_t pid) const;

  // Waits until every process stands still, or runs again. EBUSY after a bound of 10 s.
  [[nodiscard]] Result<void> freeze() const;
  [[nodiscard]] Result<void> thaw() const;
  [[nodiscard]] Result<bool> is_frozen() const;
  // SIGKILL to everything in it and below, also what forks meanwhile: cgroup.kill, or where that is missing
  // (Linux < 5.14) freeze, kill, thaw. Does not wait for the processes to end.
  [[nodiscard]] Result<void> kill() const;
  [[nodiscard]] Result<void> signal(int number) const;  // every process, once
  // Hands the cgroup to `uid`, who may then make children in it: the directory and the files that
  // /sys/kernel/cgroup/delegate names. Limits stay ours.
  [[nodiscard]] Result<void> delegate(uid_t uid) const;
  // Its processes and those of the cgroups below, as pids of our namespace.
  [[nodiscard]] Result<std::vector<pid_t>> processes() const;
  [[nodiscard]] Result<bool> is_populated() const;  // it or one below has a process
  // Waits for the last process to be gone; false after `timeout_ms` (-1: never).
  [[nodiscard]] Result<bool> wait_empty(int timeout_ms) const;
  // The tree below and itself. EBUSY is retried for a moment (a process may be half gone); a missing one is
  // fine.
  [[nodiscard]] Result<void> remove() const;
  // After that, when the container was not to be: the parents that create() made as well, unless others use them by now. Those
  // of a container that has lived stay, as with runc: they may be shared.
  void remove_parents() const noexcept;

 private:
  Cgroup(std::string path, UniqueFd directory) : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  UniqueFd directory_;
  std::string
      made_below_;  // the ancestor below which create() has made the parents; empty: the parent was there
};

}  // namespace berth::cgroup
