#include "sys/root_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace berth::sys {

namespace {

UniqueFd openat2(int dir, const char* path, int flags, mode_t mode, std::uint64_t resolve) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = resolve;
  int fd = -1;
  do {
    // EAGAIN: a rename raced with the walk and the kernel could not prove that ".." stayed inside.
    fd = static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  return UniqueFd(fd);
}

const char* last_name(const char* path) noexcept {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

}  // namespace

UniqueFd open_in_root(int root, const char* path, int flags, mode_t mode) noexcept {
  return openat2(root, *path == '\0' ? "." : path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

UniqueFd open_beneath(int dir, const char* path, int flags) noexcept {
  return openat2(dir, path, flags, 0,
                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

namespace {

// The common case of mkdir -p: only the last component is missing. False when there is more to do, or it failed.
bool make_last_directory(int root, const char* path, mode_t mode) noexcept {
  std::array<char, kMaxRootPath> whole{};
  std::size_t length = std::strlen(path);
  while (length > 0 && path[length - 1] == '/') --length;
  if (length >= whole.size()) return false;
  std::memcpy(whole.data(), path, length);
  char* slash = std::strrchr(whole.data(), '/');
  const char* name = slash == nullptr ? whole.data() : slash + 1;
  if (*name == '\0' || std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) return false;
  if (slash != nullptr) *slash = '\0';
  const UniqueFd parent = open_in_root(root, slash == nullptr ? "." : whole.data(), O_PATH | O_DIRECTORY);
  return parent && (::mkdirat(parent.get(), name, mode) == 0 || errno == EEXIST);
}

}  // namespace

UniqueFd make_directory_in_root(int root, const char* path, mode_t mode) noexcept {
  constexpr int kFlags = O_PATH | O_DIRECTORY;
  UniqueFd whole = open_in_root(root, path, kFlags);
  if (whole || errno != ENOENT) return whole;

  if (make_last_directory(root, path, mode)) return open_in_root(root, path, kFlags);

  // One component after the other, each prefix resolved anew from the root: a link in the middle may lead
  // anywhere inside it, so the parent of the next component is known only after the prefix was opened.
  const std::size_t length = std::strlen(path);
  std::array<char, kMaxRootPath> prefix{};
  if (length >= prefix.size()) return errno = ENAMETOOLONG, UniqueFd();
  UniqueFd parent = open_in_root(root, ".", kFlags);
  std::size_t end = 0;
  while (end < length && parent) {
    while (end < length && path[end] == '/') ++end;
    const std::size_t begin = end;
    while (end < length && path[end] != '/') ++end;
    if (begin == end) break;
    std::memcpy(prefix.data(), path, end);
    prefix[end] = '\0';
    UniqueFd next = open_in_root(root, prefix.data(), kFlags);
    if (!next && errno == ENOENT) {
      if (::mkdirat(parent.get(), prefix.data() + begin, mode) < 0 && errno != EEXIST) return UniqueFd();
      next = open_in_root(root, prefix.data(), kFlags);
    }
    parent = std::move(next);
  }
  return parent;
}

ParentInRoot make_parent_in_root(int root, const char* path) noexcept {
  ParentInRoot result;
  result.name = last_name(path);
  if (*result.name == '\0' || std::strcmp(result.name, ".") == 0 || std::strcmp(result.name, "..") == 0) {
    errno = EINVAL;
    return result;
  }
  const auto size = static_cast<std::size_t>(result.name - path);
  std::array<char, kMaxRootPath> parent{};
  if (size >= parent.size()) return errno = ENAMETOOLONG, std::move(result);
  std::memcpy(parent.data(), path, size);
  result.directory = make_directory_in_root(root, parent.data());
  return result;
}

UniqueFd make_file_in_root(int root, const char* path) noexcept {
  UniqueFd file = open_in_root(root, path, O_PATH);
  if (file || errno != ENOENT) return file;
  const ParentInRoot parent = make_parent_in_root(root, path);
  if (!parent.directory) return UniqueFd();
  // O_EXCL and O_NOFOLLOW: a dangling link in this place is refused, not followed.
  UniqueFd made(::openat(parent.directory.get(), parent.name,
                         O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644));
  if (!made && errno != EEXIST) return UniqueFd();
  return open_in_root(root, path, O_PATH);
}

}  // namespace berth::sys
