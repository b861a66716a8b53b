#include "runtime/init/null_streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

// What an image calls so may be anything.
bool is_null_device(int fd) noexcept {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
}

}  // namespace

void reopen_null_streams(const Context& context) noexcept {
  UniqueFd null;
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (!is_null_device(fd)) continue;
    if (!null) null = sys::open_in_root(context.root.get(), "/dev/null", O_RDWR | O_NOFOLLOW);
    if (!null || !is_null_device(null.get())) return;
    ::dup2(null.get(), fd);
  }
}

}  // namespace berth::runtime::init
