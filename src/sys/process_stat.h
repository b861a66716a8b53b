// What /proc/PID/stat says of a process: proc(5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace berth::sys {

struct ProcessStat {
  char state = '?';  // R, S, D, Z, …
  pid_t parent = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot: with the pid, the identity of the process
};

// ENOENT or ESRCH when there is no such process.
[[nodiscard]] Result<ProcessStat> read_process_stat(pid_t pid);
// The text of such a file; the name of the command may hold anything, also ") R 1".
[[nodiscard]] Result<ProcessStat> parse_process_stat(std::string_view text);

}  // namespace berth::sys
