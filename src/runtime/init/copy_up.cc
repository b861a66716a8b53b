#include "runtime/init/copy_up.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>

namespace berth::runtime::init {

namespace {

constexpr int kMaxDepth = 64;

bool copy_directory(int from, int to, int depth) noexcept;

bool copy_owner(int to, const char* name, const struct stat& info) noexcept {
  const std::array<timespec, 2> times = {info.st_atim, info.st_mtim};
  if (::fchownat(to, name, info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW) != 0) return false;
  // After chown, which clears the set-id bits.
  if (!S_ISLNK(info.st_mode) && ::fchmodat(to, name, info.st_mode & 07777U, 0) != 0) return false;
  return ::utimensat(to, name, times.data(), AT_SYMLINK_NOFOLLOW) == 0;
}

bool copy_file(int from, int to, const char* name) noexcept {
  const UniqueFd source(::openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  const UniqueFd target(::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!source || !target) return false;
  ssize_t count = 1;
  while (count > 0) count = ::sendfile(target.get(), source.get(), nullptr, 1U << 20U);
  return count == 0;
}

bool copy_link(int from, int to, const char* name) noexcept {
  std::array<char, PATH_MAX> content{};
  const ssize_t size = ::readlinkat(from, name, content.data(), content.size() - 1);
  return size >= 0 && ::symlinkat(content.data(), to, name) == 0;
}

bool copy_subdirectory(int from, int to, const char* name, int depth) noexcept {
  if (::mkdirat(to, name, 0700) != 0) return false;
  const UniqueFd source(::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const UniqueFd target(::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return source.valid() && target.valid() && copy_directory(source.get(), target.get(), depth + 1);
}

bool copy_entry(int from, int to, const char* name, int depth) noexcept {
  struct stat info {};
  if (::fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
  bool copied = false;
  if (S_ISREG(info.st_mode)) {
    copied = copy_file(from, to, name);
  } else if (S_ISLNK(info.st_mode)) {
    copied = copy_link(from, to, name);
  } else if (S_ISDIR(info.st_mode)) {
    copied = copy_subdirectory(from, to, name, depth);
  } else {
    copied = ::mknodat(to, name, info.st_mode, info.st_rdev) == 0;
  }
  return copied && copy_owner(to, name, info);
}

bool copy_directory(int from, int to, int depth) noexcept {
  if (depth > kMaxDepth) return errno = ELOOP, false;
  const int listing_fd = ::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* listing = listing_fd < 0 ? nullptr : ::fdopendir(listing_fd);
  if (listing == nullptr) return false;
  bool copied = true;
  while (copied) {
    errno = 0;
    const dirent* entry = ::readdir(listing);
    if (entry == nullptr) {
      copied = errno == 0;
      break;
    }
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    copied = copy_entry(from, to, entry->d_name, depth);
  }
  const int code = errno;
  ::closedir(listing);
  errno = code;
  return copied;
}

}  // namespace

void copy_up(Context& context, const MountPlan& plan, int from, int to) noexcept {
  struct stat info {};
  const UniqueFd source(::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!source || ::fstat(source.get(), &info) != 0 || !copy_directory(source.get(), to, 0))
    context.report.fail("copy up", plan.target);
  // The new root of the tmpfs looks like the directory that it covers.
  if (::fchownat(to, "", info.st_uid, info.st_gid, AT_EMPTY_PATH) != 0 ||
      ::fchmodat(to, ".", info.st_mode & 07777U, 0) != 0)
    context.report.fail("copy up", plan.target);
}

}  // namespace berth::runtime::init
