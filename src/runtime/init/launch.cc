#include "runtime/init/launch.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/text.h"
#include "runtime/init/child.h"
#include "runtime/init/id_maps.h"
#include "runtime/init/joining_clone.h"
#include "runtime/init/net_devices.h"
#include "sys/clone.h"
#include "sys/file.h"
#include "sys/namespaces.h"
#include "sys/privilege.h"
#include "sys/unix_socket.h"

namespace berth::runtime::init {

namespace {

// These two begin where the child is when it makes them, so clone3 would make them too early.
constexpr std::uint64_t kLateNamespaces = CLONE_NEWCGROUP | CLONE_NEWTIME;

Result<UniqueFd> open_proc() {
  TRY_ASSIGN(UniqueFd proc, sys::open("/proc", O_PATH | O_DIRECTORY));
  struct statfs info {};
  if (::fstatfs(proc.get(), &info) != 0) return Error::sys("fstatfs", "/proc");
  if (info.f_type != PROC_SUPER_MAGIC) return Error::invalid("/proc", "expected a proc filesystem", ENODEV);
  return proc;
}

// For children only, and only while this lives: hooks that we run belong to our own.
class PidNamespaceForChildren {
 public:
  static Result<PidNamespaceForChildren> join(const NamespacePlan& plan) {
    PidNamespaceForChildren joined;
    for (const JoinedNamespace& ns : plan.joined) {
      if ((ns.flag & CLONE_NEWPID) == 0) continue;
      TRY_ASSIGN(joined.own_, sys::open("/proc/self/ns/pid", O_RDONLY));
      if (::setns(ns.fd, CLONE_NEWPID) != 0) return Error::sys("join the pid namespace");
    }
    return joined;
  }
  PidNamespaceForChildren(PidNamespaceForChildren&&) noexcept = default;
  PidNamespaceForChildren& operator=(PidNamespaceForChildren&&) = delete;
  PidNamespaceForChildren(const PidNamespaceForChildren&) = delete;
  PidNamespaceForChildren& operator=(const PidNamespaceForChildren&) = delete;
  ~PidNamespaceForChildren() {
    if (own_) ::setns(own_.get(), CLONE_NEWPID);
  }

 private:
  PidNamespaceForChildren() = default;
  UniqueFd own_;
};

Result<sys::Cloned> clone_child(const Plan& plan, const ChildArguments& arguments) {
  const std::uint64_t flags = plan.namespaces.created & ~kLateNamespaces;
  if (arguments.joined) return joining_clone(plan, arguments, flags);
  TRY_ASSIGN(const auto pid_namespace, PidNamespaceForChildren::join(plan.namespaces));
  TRY_ASSIGN(auto cloned, sys::clone3(flags, FdRef(plan.cgroup)));
  if (cloned.pid == 0) child_main(plan, arguments);
  return cloned;
}

// In a user namespace only the host's CAP_SYS_RESOURCE may raise a hard limit: we have it, the child has not. Elsewhere the
// child sets its own, later: a small RLIMIT_NOFILE would be in its way.
Result<void> set_limits(const Plan& plan, pid_t pid) {
  if (!plan.namespaces.in_user_namespace) return {};
  for (const RlimitPlan& limit : plan.process.rlimits) {
    const rlimit value{.rlim_cur = limit.soft, .rlim_max = limit.hard};
    if (::prlimit(pid, static_cast<__rlimit_resource>(limit.resource), &value, nullptr) != 0)
      return Error::sys("set the resource limit", concat(limit.resource));
  }
  return {};
}

// A namespace to be joined is joined later than this.
Result<void> give_net_devices(const Plan& plan, pid_t pid) {
  if (plan.net_devices.empty()) return {};
  for (const JoinedNamespace& ns : plan.namespaces.joined) {
    if (ns.flag == CLONE_NEWNET) return move_net_devices(plan.net_devices, FdRef(ns.fd));
  }
  TRY_ASSIGN(const UniqueFd made, sys::open(concat("/proc/", pid, "/ns/net"), O_RDONLY));
  return move_net_devices(plan.net_devices, made);
}

// What must be done from outside, with our privileges, before the child may go on.
Result<void> equip(const Plan& plan, const ChildArguments& arguments, pid_t pid) {
  if (arguments.joined && plan.cgroup >= 0)
    TRY(sys::write_existing_at(FdRef(plan.cgroup), "cgroup.procs", concat(pid)).context("enter the cgroup"));
  if ((plan.namespaces.created & CLONE_NEWUSER) != 0) TRY(write_id_maps(pid, plan.namespaces));
  TRY(set_limits(plan, pid));
  TRY(give_net_devices(plan, pid));
  if (!plan.process.oom_score_adj) return {};
  auto written =
      sys::write_existing(concat("/proc/", pid, "/oom_score_adj"), concat(*plan.process.oom_score_adj));
  // An ordinary user may not lower it; the container starts all the same, as with runc.
  if (!written && written.error().is(EACCES) && !sys::is_machine_root()) return {};
  return written;
}

}  // namespace

Result<Launch> Launch::begin(const Plan& plan) {
  TRY_ASSIGN(const UniqueFd proc, open_proc());
  TRY_ASSIGN(auto sockets, sys::socket_pair(SOCK_SEQPACKET));
  UniqueFd& ours = sockets.first;
  const bool joined = needs_joining_clone(plan.namespaces);
  const ChildArguments arguments{
      .sync_socket = sockets.second.get(),
      .parent_socket = ours.get(),
      .proc = proc.get(),
      .must_wait = joined || (plan.namespaces.created & CLONE_NEWUSER) != 0 || !plan.net_devices.empty(),
      .joined = joined,
  };
  TRY_ASSIGN(auto cloned, clone_child(plan, arguments));
  const pid_t pid = cloned.pid;
  Launch launch(sys::PidFd(std::move(cloned.pidfd), pid), ParentEnd(std::move(ours)));
  sockets.second.reset();  // the child's alone: its end is the end of file for us
  TRY(equip(plan, arguments, pid));
  if (arguments.must_wait) TRY(launch.channel_.tell(FromParent::mapped));
  return launch;
}

Launch::~Launch() {
  if (!process_.valid()) return;
  channel_.close();
  ignore(process_.send_signal(SIGKILL));
  ignore(process_.reap(true));
}

Result<void> Launch::died() {
  TRY_ASSIGN(const auto status, process_.reap(true));
  process_ = sys::PidFd();
  return Error::message(status->signal != 0 ? concat("container init was killed by signal ", status->signal)
                                            : concat("container init ended with status ", status->exit_code));
}

Result<void> Launch::wait_until_ready(const std::function<Result<void>()>& run_hooks) {
  while (true) {
    TRY_ASSIGN(auto received, channel_.receive());
    if (received.closed) return died();
    switch (received.frame.kind) {
      case FromChild::hooks:
        TRY(run_hooks());
        TRY(channel_.tell(FromParent::hooked));
        break;
      case FromChild::terminal:
        terminal_ = std::move(received.fd);
        break;
      case FromChild::fault:
        return received.frame.fault.to_error();
      case FromChild::ready:
        return {};
    }
  }
}

Result<void> Launch::go() {
  if (std::exchange(went_, true)) return {};
  auto told = channel_.tell(FromParent::go);
  // The child is gone already: what it had to say about that is still to be read.
  if (!told && (told.error().is(EPIPE) || told.error().is(ECONNRESET))) return {};
  return told;
}

Result<void> Launch::wait_until_executed() {
  TRY_ASSIGN(const auto received, channel_.receive());
  if (!received.closed) return received.frame.fault.to_error();
  return {};
}

sys::PidFd Launch::commit() && {
  channel_.close();
  return std::move(process_);
}

Result<void> knock(const std::string& socket_path, const std::function<Result<void>()>& before) {
  TRY_ASSIGN(UniqueFd socket, sys::connect_socket(socket_path, SOCK_SEQPACKET));
  const ParentEnd channel(std::move(socket));
  TRY(before());
  TRY(channel.tell(FromParent::go));
  TRY_ASSIGN(const auto received, channel.receive());
  if (!received.closed) return received.frame.fault.to_error();
  return {};
}

}  // namespace berth::runtime::init
