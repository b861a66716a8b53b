// A timed process: posix_spawn(3) before, wait4(2) after, CLOCK_MONOTONIC around.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace berth::bench {

using Argv = std::vector<std::string>;

[[nodiscard]] std::int64_t now_ns() noexcept;  // CLOCK_MONOTONIC

// Starts `argv` (looked up in PATH) with stdin from /dev/null, stdout and stderr appended to the file `out`
// (may be /dev/null) and `extra_fd`, unless it is -1, as descriptor 3. `environment` is added to ours.
[[nodiscard]] Result<pid_t> spawn(const Argv& argv, const std::string& out, int extra_fd = -1,
                                  const std::vector<std::string>& environment = {});

struct Ended {
  int status = 0;             // 128 + signal when one ended it
  std::int64_t peak_kb = 0;   // of it or of a child that it waited for: the larger (wait4's ru_maxrss)
  std::int64_t cpu_us = 0;    // user + system, its own only, from /proc/PID/schedstat
  std::int64_t ended_ns = 0;  // when wait4 returned
};
// ECHILD: not our child, nor an orphan that came to us.
[[nodiscard]] Result<Ended> reap(pid_t pid);
// The same for the process named in `file`.
[[nodiscard]] Result<pid_t> read_pid(const std::string& file);

}  // namespace berth::bench
