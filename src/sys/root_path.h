// Paths inside a directory that somebody else controls (a container's root): openat2(2).
//
// Every component is resolved as if `root` were "/": absolute links and ".." stay inside, and magic links (those
// of /proc/PID/fd) are refused. Nothing here allocates; failure is an invalid descriptor or false, with errno.
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"

namespace berth::sys {

inline constexpr std::size_t kMaxRootPath = 4096;

// openat2 with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS; O_CLOEXEC is added. A trailing link is followed inside
// the root unless `flags` has O_NOFOLLOW.
[[nodiscard]] UniqueFd open_in_root(int root, const char* path, int flags, mode_t mode = 0) noexcept;

// Below `dir`, through no link and no other mount at all: for /proc and /sys, where anything mounted over a
// file, or a link in its place, is an attack.
[[nodiscard]] UniqueFd open_beneath(int dir, const char* path, int flags) noexcept;

// The directory `path` (O_PATH), made with `mode` where a component is missing, as mkdir -p does.
[[nodiscard]] UniqueFd make_directory_in_root(int root, const char* path, mode_t mode = 0755) noexcept;

// The directory that holds `path` (made if missing), and the name of its last component in `path`.
struct ParentInRoot {
  UniqueFd directory;
  const char* name = nullptr;
};
[[nodiscard]] ParentInRoot make_parent_in_root(int root, const char* path) noexcept;

// The file `path` (O_PATH), made empty with 0644 when missing, its directories too.
[[nodiscard]] UniqueFd make_file_in_root(int root, const char* path) noexcept;

}  // namespace berth::sys
