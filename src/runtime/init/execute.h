// The last steps: find the program, wait for `start`, execve(2).
#pragma once

#include <array>

#include "runtime/init/context.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

struct Executable {
  std::array<char, sys::kMaxRootPath> path{};
  std::array<char, sys::kMaxRootPath> home{};  // "HOME=…", when the plan wants it set
};

// args[0] by the payload's PATH, as the payload's user, inside its root. Fails in the words that engines match:
//   exec: "nosuch": executable file not found in $PATH     exec: "/etc/passwd": permission denied
//   exec: "/etc": permission denied: is a directory
[[nodiscard]] Executable find_executable(Context& context) noexcept;

// Returns when `start` knocks at the plan's start listener; at once without one.
void await_start(Context& context) noexcept;

// Only the standard streams and the preserved descriptors stay open.
[[noreturn]] void execute(Context& context, const Executable& executable) noexcept;

}  // namespace berth::runtime::init
