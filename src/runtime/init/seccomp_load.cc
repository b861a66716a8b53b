#include "runtime/init/seccomp_load.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "runtime/init/fd_message.h"

namespace berth::runtime::init {

namespace {

static_assert(sizeof(sock_filter) == sizeof(std::uint64_t));

// The listener's program gets the container's state and the descriptor in one message, as the specification says.
bool send_listener(const Context& context, int listener) noexcept {
  const ProcessPlan& plan = context.plan.process;
  std::array<char, 32> host_pid{};  // the host's procfs knows us by it
  if (::readlinkat(context.proc, "self", host_pid.data(), host_pid.size() - 1) < 0) return false;
  std::string state;
  for (const std::string& piece : plan.seccomp_state) {
    if (!state.empty()) state.append(host_pid.data());
    state.append(piece);
  }
  return send_with_fd(plan.seccomp_listener, state.data(), state.size(), listener) >= 0;
}

}  // namespace

void forbid_new_privileges(Context& context) noexcept {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) context.report.fail("set no_new_privs");
}

void load_seccomp(Context& context) noexcept {
  const ProcessPlan& plan = context.plan.process;
  if (plan.seccomp.empty()) return;
  sock_fprog program{};
  program.len = static_cast<unsigned short>(plan.seccomp.size());
  // The kernel reads it only.
  program.filter = reinterpret_cast<sock_filter*>(const_cast<std::uint64_t*>(plan.seccomp.data()));
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, plan.seccomp_flags, &program);
  if (result < 0) context.report.fail("load the seccomp filter");
  if ((plan.seccomp_flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0) return;
  const UniqueFd listener(static_cast<int>(result));
  if (!send_listener(context, listener.get())) context.report.fail("hand over the seccomp listener");
}

}  // namespace berth::runtime::init
