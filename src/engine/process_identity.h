// A process named beyond doubt in a file or a database: its pid, when it started, and in which boot.
// A pid alone may be another process's by the time it is read. proc(5), field 22 of /proc/PID/stat.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "sys/pidfd.h"

namespace berth::engine {

// /proc/sys/kernel/random/boot_id.
[[nodiscard]] Result<std::string> boot_id();
// Clock ticks after boot; 0 when there is no such process, or it is a zombie.
[[nodiscard]] std::uint64_t start_time_of(pid_t pid);
// The process that had `pid` and started at `start`; nullopt when it has ended.
[[nodiscard]] std::optional<sys::PidFd> open_process(pid_t pid, std::uint64_t start);
// The pid in a pid file; 0 when there is none (yet) or it is no pid.
[[nodiscard]] pid_t read_pid_file(const std::string& path);

}  // namespace berth::engine
