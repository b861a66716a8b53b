// Files inside a container's root directory, seen from the host. What lies there is hostile: every path is
// resolved by openat2(2) with RESOLVE_IN_ROOT, so a link leads nowhere else, and only regular files are read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::engine {

class Rootfs {
 public:
  // ENOENT, ENOTDIR.
  static Result<Rootfs> open(const std::string& path);

  // `flags` as open(2); never follows a magic link.
  [[nodiscard]] Result<UniqueFd> open_file(const std::string& path, int flags,
                                           unsigned long long resolve = 0) const;
  // The content of a regular file of at most 1 MiB; empty when there is none (or something else in its place).
  [[nodiscard]] Result<std::string> read_optional(const std::string& path) const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] FdRef fd() const noexcept { return fd_; }

 private:
  Rootfs(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

enum class CommandVerdict {
  executable,
  not_found,       // 127
  not_executable,  // 126
  unknown,         // a mount may put it there: only the runtime can tell
};
// Looks for the program `name` as execvp(3) would inside of the container, so that the commonest mistake is told
// at once and in plain words. `search` is the container's PATH, `cwd` its working directory, `covered` the
// destinations of all mounts.
[[nodiscard]] CommandVerdict check_command(const Rootfs& rootfs, const std::string& name,
                                           const std::string& search, const std::string& cwd,
                                           const std::vector<std::string>& covered);

}  // namespace berth::engine
