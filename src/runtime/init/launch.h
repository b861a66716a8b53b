// Launching: from a plan to a process that has nothing left to do but execve.
//
//   parent (create, run, exec)                      child (container init)
//     |  clone3(namespaces, cgroup, pidfd) ------------>|
//     |  [new user namespace] writes uid_map, gid_map   |  waits
//     |  -- mapped ------------------------------------>|  becomes its root
//     |                                                 |  mounts everything below the new root
//     |<-------------------------------------- hooks ---|  [only with hooks] waits
//     |  runs prestart and createRuntime hooks          |
//     |  -- hooked ------------------------------------>|  createContainer hooks, pivot_root,
//     |<----------------------- terminal + pty master --|  [terminal without console socket]
//     |                                                 |  … drops all privileges, finds the program
//     |<-------------------------------------- ready ---|  waits
//     |  writes the state                               |
//     |  -- go ---------------------------------------->|  [create] waits at the start socket for `start`
//     |                                                 |  startContainer hooks, execve
//     |<---------------------- end of file, or fault ---|
//
// At every arrow the child may send a fault instead and be gone; when the parent dies first, the child reads an
// end of file and ends by itself, so a container without a record on disk cannot stay behind.
//
// When a user namespace must be joined, or others beside a new one, a joining_clone() takes
// clone3's place: a vfork-like copy of the parent joins, clones with CLONE_PARENT and is gone. The child is the parent's
// all the same.
#pragma once

#include <functional>

#include "base/result.h"
#include "runtime/init/plan.h"
#include "runtime/init/sync.h"
#include "spec/seccomp.h"
#include "sys/pidfd.h"

namespace berth::runtime::init {

// Owns the child until commit(): dropped before, it is killed and reaped.
class Launch {
 public:
  // Returns as soon as the child exists. The plan must stay as it is until wait_until_ready() has returned.
  static Result<Launch> begin(const Plan& plan);

  Launch(Launch&&) noexcept = default;
  Launch& operator=(Launch&&) = delete;
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;
  ~Launch();

  [[nodiscard]] const sys::PidFd& process() const noexcept { return process_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

  // Until only execve is left. `run_hooks` is called when the plan says that there are hooks for the parent.
  // The error is the child's own, its exit code included.
  Result<void> wait_until_ready(const std::function<Result<void>()>& run_hooks);
  // The pty of a terminal without a console socket; valid after wait_until_ready().
  [[nodiscard]] UniqueFd take_terminal() { return std::move(terminal_); }

  // The child goes on: to execve, or with a start listener to its place of waiting. Once the record is on disk this may
  // be said before wait_until_ready(), unless the parent has hooks to run: then the child need not wait at all.
  Result<void> go();
  // After go() without a start listener: until the payload runs; its failure to is the error.
  Result<void> wait_until_executed();
  // The process is the caller's from here on, and lives.
  [[nodiscard]] sys::PidFd commit() &&;

 private:
  Launch(sys::PidFd process, ParentEnd channel)
      : process_(std::move(process)), channel_(std::move(channel)) {}
  Result<void> died();

  sys::PidFd process_;
  ParentEnd channel_;
  UniqueFd terminal_;
  bool went_ = false;
};

// The side of `start`: connects to the start socket of a created container, tells its init to go on and returns
// when the payload runs. `before` runs between the two, when the knock was heard. ECONNREFUSED or ENOENT: nobody
// waits there any more.
Result<void> knock(const std::string& socket_path, const std::function<Result<void>()>& before);

// Runs one hook with `state` on its stdin; EINVAL when it fails, with its stderr, ETIMEDOUT when it takes too long.
Result<void> run_hook(const HookPlan& hook, std::string_view state);

// Compiles linux.seccomp into the plan, by way of the cache in the directory `cache`. True when a program must be given
// the notify descriptor (linux.seccomp.listenerPath).
Result<bool> plan_filter(const spec::Seccomp& seccomp, const std::string& cache, ProcessPlan& plan);
// What that needs of a profile whose unknown names are to be left out, with a warning, instead of being errors.
[[nodiscard]] spec::Seccomp without_unknown_names(spec::Seccomp seccomp);
[[nodiscard]] std::string filter_compiler_version();

}  // namespace berth::runtime::init
