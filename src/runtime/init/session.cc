#include "runtime/init/session.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace berth::runtime::init {

namespace {

// Without it the container would share the caller's keys.
void join_new_keyring(Context& context) noexcept {
  const std::string& name = context.plan.process.keyring;
  if (name.empty()) return;
  const long ring = ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str());
  if (ring < 0) {
    // ENOSYS: a kernel without keys. EDQUOT, EPERM and EACCES: nothing that the caller could leak either.
    if (errno == ENOSYS || errno == EDQUOT || errno == EPERM || errno == EACCES) return;
    context.report.fail("join the session keyring", name);
  }
  // The user may search it, so that what runs under another uid in the container finds its keys.
  constexpr unsigned kPossessorAll = 0x3f000000;
  constexpr unsigned kUserSearchViewRead = 0x000b0000;
  ::syscall(SYS_keyctl, KEYCTL_SETPERM, ring, kPossessorAll | kUserSearchViewRead);
}

}  // namespace

void begin_session(Context& context) noexcept {
  // EPERM: exec'd into a group that we lead already; nothing to do.
  if (::setsid() < 0 && errno != EPERM) context.report.fail("begin a session");
  join_new_keyring(context);
}

}  // namespace berth::runtime::init
