#include "sys/file.h"

#include <dirent.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/scope_exit.h"
#include "base/text.h"

namespace berth::sys {

namespace {

// Calls again while a signal interrupts.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_directory(const std::string& path) {
  TRY_ASSIGN(const auto dir, open(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(dir.get()) < 0) return Error::sys("fsync", path);
  return {};
}

struct CloseDir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};
using Dir = std::unique_ptr<DIR, CloseDir>;

Result<Dir> open_dir(UniqueFd fd, const std::string& path) {
  Dir dir(::fdopendir(fd.get()));
  if (!dir) return Error::sys("fdopendir", path);
  static_cast<void>(fd.release());  // closedir closes it
  return dir;
}

Result<std::vector<std::string>> names_in(DIR* dir, const std::string& path) {
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(dir);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return Error::sys("readdir", path);
  std::sort(names.begin(), names.end());
  return names;
}

// `device` keeps the walk on the file system that it began on.
Result<void> remove_entries(UniqueFd fd, const std::string& path,
                            dev_t device) {  // NOLINT(misc-no-recursion)
  TRY_ASSIGN(const auto dir, open_dir(std::move(fd), path));
  TRY_ASSIGN(const auto names, names_in(dir.get(), path));
  const int at = ::dirfd(dir.get());
  for (const std::string& name : names) {
    const std::string full = concat(path, '/', name);
    if (::unlinkat(at, name.c_str(), 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR && errno != EPERM) return Error::sys("unlink", full);
    auto child = open_at(FdRef(at), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!child) return std::move(child).error();
    struct stat status {};
    if (::fstat(child->get(), &status) < 0) return Error::sys("fstat", full);
    if (status.st_dev != device)
      return Error::with_errno(EBUSY, "remove: another file system is mounted on", full);
    TRY(remove_entries(std::move(*child), full, device));
    if (::unlinkat(at, name.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT) return Error::sys("rmdir", full);
  }
  return {};
}

Result<UniqueFd> open_lock(const std::string& path) {
  return open(path, O_RDWR | O_CREAT, 0600);
}

}  // namespace

Result<UniqueFd> open(const std::string& path, int flags, mode_t mode) {
  return open_at(FdRef(AT_FDCWD), path, flags, mode);
}

Result<UniqueFd> open_at(FdRef dir, const std::string& path, int flags, mode_t mode) {
  UniqueFd fd(retry([&] { return ::openat(dir.get(), path.c_str(), flags | O_CLOEXEC, mode); }));
  if (!fd) return Error::sys("open", path);
  return fd;
}

Result<UniqueFd> dup(FdRef fd) {
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) return Error::sys("fcntl(F_DUPFD_CLOEXEC)", concat(fd.get()));
  return copy;
}

Result<std::size_t> read_some(FdRef fd, void* buffer, std::size_t size) {
  const ssize_t count = retry([&] { return ::read(fd.get(), buffer, size); });
  if (count < 0) return Error::sys("read");
  return static_cast<std::size_t>(count);
}

Result<std::string> read_all(FdRef fd, std::string_view name, std::size_t limit) {
  constexpr std::size_t kChunk = 4096;
  std::string content;
  while (true) {
    const std::size_t used = content.size();
    content.resize(std::max(used + kChunk, used + used / 2));
    auto count = read_some(fd, content.data() + used, content.size() - used);
    if (!count) return std::move(count).context("read", name).error();
    content.resize(used + *count);
    if (*count == 0) return content;
    if (content.size() > limit) return Error::with_errno(EFBIG, "read", name);
  }
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  TRY_ASSIGN(const auto fd, open(path, O_RDONLY));
  return read_all(fd, path, limit);
}

Result<void> write_all(FdRef fd, std::string_view data, std::string_view name) {
  while (!data.empty()) {
    const ssize_t count = retry([&] { return ::write(fd.get(), data.data(), data.size()); });
    if (count < 0) return Error::sys("write", name);
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view data, mode_t mode) {
  TRY_ASSIGN(const auto fd, open(path, O_WRONLY | O_CREAT | O_TRUNC, mode));
  return write_all(fd, data, path);
}

Result<void> write_existing(const std::string& path, std::string_view data) {
  return write_existing_at(FdRef(AT_FDCWD), path, data);
}

Result<void> write_existing_at(FdRef dir, const std::string& path, std::string_view data) {
  TRY_ASSIGN(const auto fd, open_at(dir, path, O_WRONLY));
  const ssize_t count = retry([&] { return ::write(fd.get(), data.data(), data.size()); });
  if (count < 0) return Error::sys("write", path);
  if (static_cast<std::size_t>(count) != data.size()) return Error::with_errno(EIO, "short write", path);
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view data, mode_t mode, bool durable) {
  const std::string temporary = concat(path, ".", ::getpid(), ".tmp");
  ScopeExit unlink_temporary([&] { ::unlink(temporary.c_str()); });
  {
    TRY_ASSIGN(const auto fd, open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode));
    TRY(write_all(fd, data, temporary));
    if (durable && ::fsync(fd.get()) < 0) return Error::sys("fsync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) < 0) return Error::sys("rename", path);
  unlink_temporary.dismiss();
  if (durable) TRY(sync_directory(parent_of(path)));
  return {};
}

Result<bool> exists(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return Error::sys("lstat", path);
}

Result<void> make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return {};
  if (errno != EEXIST) return Error::sys("mkdir", path);
  struct stat status {};
  if (::stat(path.c_str(), &status) < 0) return Error::sys("stat", path);
  if (!S_ISDIR(status.st_mode)) return Error::with_errno(ENOTDIR, "mkdir", path);
  return {};
}

Result<void> make_directories(const std::string& path, mode_t mode) {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    TRY(make_directory(path.substr(0, slash), mode));
  }
  return make_directory(path, mode);
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) return Error::sys("unlink", path);
  return {};
}

Result<void> remove_tree(const std::string& path) {
  auto fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd) {
    if (fd.error().is(ENOENT)) return {};
    if (fd.error().is(ENOTDIR) || fd.error().is(ELOOP)) return remove_file(path);
    return std::move(fd).error();
  }
  struct stat status {};
  if (::fstat(fd->get(), &status) < 0) return Error::sys("fstat", path);
  TRY(remove_entries(std::move(*fd), path, status.st_dev));
  if (::rmdir(path.c_str()) < 0 && errno != ENOENT) return Error::sys("rmdir", path);
  return {};
}

Result<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return Error::sys("readlink", path);
  return std::string(target.data(), static_cast<std::size_t>(size));
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  TRY_ASSIGN(auto fd, open(path, O_RDONLY | O_DIRECTORY));
  TRY_ASSIGN(const auto dir, open_dir(std::move(fd), path));
  return names_in(dir.get(), path);
}

Result<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (!resolved) return Error::sys("realpath", path);
  return std::string(resolved.get());
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::array<char, PATH_MAX> cwd{};
  if (::getcwd(cwd.data(), cwd.size()) == nullptr) return path;
  return path.empty() || path == "." ? cwd.data() : concat(cwd.data(), '/', path);
}

Result<FileLock> FileLock::acquire(const std::string& path, Mode mode) {
  TRY_ASSIGN(auto fd, open_lock(path));
  const int operation = mode == Mode::shared ? LOCK_SH : LOCK_EX;
  if (retry([&] { return ::flock(fd.get(), operation); }) < 0) return Error::sys("flock", path);
  return FileLock(std::move(fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::string& path, Mode mode) {
  TRY_ASSIGN(auto fd, open_lock(path));
  const int operation = (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  if (retry([&] { return ::flock(fd.get(), operation); }) == 0) return std::optional(FileLock(std::move(fd)));
  if (errno == EWOULDBLOCK) return std::optional<FileLock>();
  return Error::sys("flock", path);
}

}  // namespace berth::sys
