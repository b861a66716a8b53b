#include "engine/container_lock.h"

#include <fcntl.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

// 60 bits of the id: a positive file offset. Two containers that share a byte merely wait for one another.
off_t offset_of(const std::string& id) {
  constexpr std::size_t kDigits = 15;
  return static_cast<off_t>(parse_number<std::uint64_t>(id.substr(0, kDigits), 16).value_or(0));
}

Result<bool> lock(FdRef fd, const std::string& id, int command) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = offset_of(id);
  range.l_len = 1;
  while (::fcntl(fd.get(), command, &range) < 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) return Error::sys("lock container", id);
  }
  return true;
}

Result<UniqueFd> open_locks(const Paths& paths) {
  return sys::open(paths.locks(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}

}  // namespace

Result<ContainerLock> ContainerLock::acquire(const Paths& paths, const std::string& id) {
  TRY_ASSIGN(auto fd, open_locks(paths));
  TRY_ASSIGN([[maybe_unused]] const bool held, lock(fd, id, F_OFD_SETLKW));
  return ContainerLock(std::move(fd));
}

Result<std::optional<ContainerLock>> ContainerLock::try_acquire(const Paths& paths, const std::string& id) {
  TRY_ASSIGN(auto fd, open_locks(paths));
  TRY_ASSIGN(const bool held, lock(fd, id, F_OFD_SETLK));
  if (!held) return std::optional<ContainerLock>();
  return std::optional(ContainerLock(std::move(fd)));
}

}  // namespace berth::engine
