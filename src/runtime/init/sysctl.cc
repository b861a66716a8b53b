#include "runtime/init/sysctl.h"

#include <fcntl.h>

#include <array>
#include <cstring>

#include "runtime/init/proc_file.h"
#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

// A procfs that only we can see. Where the kernel refuses one (a nested container with a masked /proc), the host's
// serves, walked so that nothing mounted over it counts.
UniqueFd private_proc(const Context& context) noexcept {
  const sys::FilesystemContext proc("proc");
  if (proc.valid()) {
    sys::DetachedMount mount = proc.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (mount.valid()) return mount.release();
  }
  return UniqueFd(::fcntl(context.proc, F_DUPFD_CLOEXEC, 3));
}

}  // namespace

void write_sysctls(Context& context) noexcept {
  if (context.plan.sysctl.empty()) return;
  const UniqueFd proc = private_proc(context);
  for (const auto& [key, value] : context.plan.sysctl) {
    std::array<char, 512> path{"sys/"};
    if (key.size() + 5 > path.size()) context.report.fail_with(ENAMETOOLONG, 0, {"sysctl ", key});
    std::memcpy(path.data() + 4, key.data(), key.size());
    const UniqueFd file = sys::open_beneath(proc.get(), path.data(), O_WRONLY);
    if (!file || !write_whole(file.get(), value)) context.report.fail("set the sysctl", key);
  }
}

}  // namespace berth::runtime::init
