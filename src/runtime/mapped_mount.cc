#include "runtime/mapped_mount.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "base/scope_exit.h"
#include "base/text.h"
#include "sys/clone.h"
#include "sys/file.h"
#include "sys/mount_api.h"
#include "sys/pidfd.h"

namespace berth::runtime {

namespace {

std::string render(const std::vector<spec::IdMapping>& mappings) {
  std::string out;
  for (const spec::IdMapping& m : mappings) append(out, m.container_id, ' ', m.host_id, ' ', m.size, '\n');
  return out;
}

[[noreturn]] void hold_namespace() noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (true) ::pause();
}

}  // namespace

Result<UniqueFd> make_user_namespace(const std::vector<spec::IdMapping>& uids,
                                     const std::vector<spec::IdMapping>& gids) {
  TRY_ASSIGN(auto cloned, sys::clone3(CLONE_NEWUSER));
  if (cloned.pid == 0) hold_namespace();
  const sys::PidFd holder(std::move(cloned.pidfd), cloned.pid);
  const ScopeExit end([&] {
    ignore(holder.send_signal(SIGKILL));
    ignore(holder.reap(true));
  });
  TRY(sys::write_existing(concat("/proc/", cloned.pid, "/uid_map"), render(uids)));
  TRY(sys::write_existing(concat("/proc/", cloned.pid, "/gid_map"), render(gids)));
  return sys::open(concat("/proc/", cloned.pid, "/ns/user"), O_RDONLY);
}

Result<UniqueFd> make_mapped_mount(const std::string& source, FdRef user_namespace, bool recursive,
                                   bool map_recursively) {
  sys::DetachedMount mount = sys::DetachedMount::copy_of(AT_FDCWD, source.c_str(), recursive);
  if (!mount.valid()) return Error::sys("open_tree", source);
  if (!mount.map_ids(user_namespace.get(), map_recursively))
    return Error::sys("map the ids of the mount", source);
  return mount.release();
}

}  // namespace berth::runtime
