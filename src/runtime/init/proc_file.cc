#include "runtime/init/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sys/root_path.h"

namespace berth::runtime::init {

UniqueFd open_own_proc(int proc, const char* name, int flags) noexcept {
  // The link is read, not followed: it says "PID" in the numbers of that procfs.
  std::array<char, 256> path{};
  const ssize_t size = ::readlinkat(proc, "self", path.data(), 64);
  if (size < 0) return UniqueFd();
  const auto used = static_cast<std::size_t>(size);
  const std::size_t length = std::strlen(name);
  if (used + 1 + length >= path.size()) return errno = ENAMETOOLONG, UniqueFd();
  path[used] = '/';
  std::memcpy(path.data() + used + 1, name, length + 1);
  if (std::strncmp(name, "ns/", 3) == 0) return UniqueFd(::openat(proc, path.data(), flags | O_CLOEXEC));
  return sys::open_beneath(proc, path.data(), flags);
}

bool write_whole(int fd, std::string_view text) noexcept {
  const ssize_t written = ::write(fd, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return true;
  if (written >= 0) errno = EIO;
  return false;
}

bool write_own_proc(int proc, const char* name, std::string_view text) noexcept {
  const UniqueFd file = open_own_proc(proc, name, O_WRONLY);
  return file.valid() && write_whole(file.get(), text);
}

}  // namespace berth::runtime::init
