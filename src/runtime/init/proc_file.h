// Files of our own process in a procfs that nobody in the container can have tampered with.
//
// `proc` names the root of such a procfs (the host's, opened before the container's root was touched). Paths are
// walked beneath it, through no link and no other mount: what is mounted over a file is refused (EXDEV).
#pragma once

#include <string_view>

#include "base/unique_fd.h"

namespace berth::runtime::init {

// /proc/self/<name>; invalid with errno.
[[nodiscard]] UniqueFd open_own_proc(int proc, const char* name, int flags) noexcept;
[[nodiscard]] bool write_own_proc(int proc, const char* name, std::string_view text) noexcept;
// One write(2) of all of `text`; false with errno.
[[nodiscard]] bool write_whole(int fd, std::string_view text) noexcept;

}  // namespace berth::runtime::init
