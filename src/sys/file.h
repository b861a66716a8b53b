// Files by path and by descriptor: open(2), read(2), write(2), rename(2), flock(2), unlink(2).
//
// Everything is opened O_CLOEXEC. EINTR is retried (never for close). For paths that come from a container or
// an image use sys/root_path.h instead: these functions follow symbolic links.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::sys {

inline constexpr std::size_t kMaxFile = 16U << 20U;  // what read_file takes at most, unless told otherwise

[[nodiscard]] Result<UniqueFd> open(const std::string& path, int flags, mode_t mode = 0);
[[nodiscard]] Result<UniqueFd> open_at(FdRef dir, const std::string& path, int flags, mode_t mode = 0);
[[nodiscard]] Result<UniqueFd> dup(FdRef fd);

// The whole content; EFBIG beyond `limit` bytes. Works for /proc, /sys and pipes.
[[nodiscard]] Result<std::string> read_all(FdRef fd, std::string_view name, std::size_t limit = kMaxFile);
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit = kMaxFile);

// One read(2) of at most `size` bytes; 0 is the end of the file. EAGAIN comes back as an error.
[[nodiscard]] Result<std::size_t> read_some(FdRef fd, void* buffer, std::size_t size);

// All of `data`, in as many write(2)s as it takes. On a non-blocking descriptor EAGAIN comes back as an
// error.
[[nodiscard]] Result<void> write_all(FdRef fd, std::string_view data,
                                     std::string_view name = "file descriptor");
// Creates or truncates `path`.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view data, mode_t mode = 0644);
// One write(2) into a file that exists (for /proc, /sys and cgroupfs, where a second write is a second
// command).
[[nodiscard]] Result<void> write_existing(const std::string& path, std::string_view data);
[[nodiscard]] Result<void> write_existing_at(FdRef dir, const std::string& path, std::string_view data);

// Replaces `path` in one step: a reader sees the old content or the new, also after a crash.
// `durable` adds fsync(2) of the file and its directory.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view data, mode_t mode = 0644,
                                        bool durable = false);

[[nodiscard]] Result<bool> exists(const std::string& path);  // lstat: a dangling link exists
[[nodiscard]] Result<void> make_directory(const std::string& path,
                                          mode_t mode);  // existing directories are fine
[[nodiscard]] Result<void> make_directories(const std::string& path, mode_t mode = 0755);  // mkdir -p
[[nodiscard]] Result<void> remove_file(const std::string& path);  // a missing one is fine
// Removes `path` and all below it, without following links and without crossing into another mount.
[[nodiscard]] Result<void> remove_tree(const std::string& path);
[[nodiscard]] Result<std::string> read_link(const std::string& path);
// Names in a directory, without "." and "..", sorted.
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& path);
[[nodiscard]] Result<std::string> real_path(const std::string& path);
[[nodiscard]] std::string absolute_path(
    const std::string& path);  // against the working directory, no links resolved

// An flock(2) on `path` (created 0600 when missing), held until the object dies.
class FileLock {
 public:
  enum class Mode { shared, exclusive };
  static Result<FileLock> acquire(const std::string& path, Mode mode = Mode::exclusive);
  // nullopt when somebody else holds it.
  static Result<std::optional<FileLock>> try_acquire(const std::string& path, Mode mode = Mode::exclusive);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace berth::sys
