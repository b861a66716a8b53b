#include "runtime/init/child.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "runtime/init/context.h"
#include "runtime/init/credentials.h"
#include "runtime/init/devices.h"
#include "runtime/init/execute.h"
#include "runtime/init/hooks.h"
#include "runtime/init/host_name.h"
#include "runtime/init/labels.h"
#include "runtime/init/loopback.h"
#include "runtime/init/masks.h"
#include "runtime/init/mounts.h"
#include "runtime/init/namespaces.h"
#include "runtime/init/null_streams.h"
#include "runtime/init/rootfs.h"
#include "runtime/init/scheduling.h"
#include "runtime/init/seccomp_load.h"
#include "runtime/init/session.h"
#include "runtime/init/sysctl.h"
#include "runtime/init/terminal.h"

namespace berth::runtime::init {

namespace {

// The caller's ignored signals and its mask are not the container's.
void reset_signals() noexcept {
  struct sigaction defaults {};
  defaults.sa_handler = SIG_DFL;
  for (int signal = 1; signal < SIGRTMIN; ++signal) ::sigaction(signal, &defaults, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// What only the first process of a container does. The order is the kernel's and the specification's:
void build_container(Context& context) noexcept {
  set_host_name(context);
  bring_loopback_up(context);
  enter_root_mount(context);  // before all mounts: they go below it
  mount_all(context);
  make_devices(context);         // after the mounts: /dev is one of them
  run_container_hooks(context);  // before the masks and the new root: they see both worlds
  make_console(context);         // before the new root is read-only; /dev/pts is mounted by now
  write_sysctls(context);        // before /proc/sys becomes read-only
  make_paths_readonly(context);
  mask_paths(context);   // while the host's /dev/null can still be reached
  change_root(context);  // the host's tree is gone from here on
  make_working_directory(context);
  seal_root(context);
}

void enter_container(Context& context) noexcept {
  open_current_root(context);
  make_console(context);
}

// Privileges go step by step; what needs them stands before its loss.
void become_payload(Context& context) noexcept {
  const ProcessPlan& process = context.plan.process;
  apply_scheduling(context);
  write_labels(context);  // /proc/self/attr, before credentials change who may write there
  open_working_directory(context);
  if (!process.no_new_privileges) load_seccomp(context);  // needs CAP_SYS_ADMIN without no_new_privs
  assume_credentials(context);
  enter_working_directory(context);
  if (process.no_new_privileges) forbid_new_privileges(context);
}

}  // namespace

void child_main(const Plan& plan, const ChildArguments& arguments) noexcept {
  ChildEnd channel(arguments.sync_socket);
  Report report(channel);
  Context context{.plan = plan, .report = report, .proc = arguments.proc};

  ::close(arguments.parent_socket);  // or we would never see our parent's end
  if (plan.lock >= 0) ::close(plan.lock);
  reset_signals();
  if (arguments.must_wait && !channel.expect(FromParent::mapped)) Report::vanish();
  if (plan.namespaces.in_user_namespace) become_namespace_root(context);
  if (!arguments.joined) join_namespaces(context);
  join_time_namespace(context);
  make_late_namespaces(context);  // cgroup and time: not what clone3 would make of them
  begin_session(context);
  if (plan.root) {
    build_container(context);
  } else {
    enter_container(context);
  }
  reopen_null_streams(context);
  become_payload(context);
  Executable executable = find_executable(context);
  if (!channel.tell(FromChild::ready) || !channel.expect(FromParent::go)) Report::vanish();
  await_start(context);  // created containers stay here until `start`
  run_start_hooks(context);
  if (plan.process.no_new_privileges)
    load_seccomp(context);  // the last moment: it need not allow what we did
  execute(context, executable);
}

}  // namespace berth::runtime::init
