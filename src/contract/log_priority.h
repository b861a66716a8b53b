// The priority of a line in the journal, syslog(3): a number from 0 (emerg) to 7 (debug), written as such or by the name
// that systemd-cat(1) and SyslogLevel= take.
#pragma once

#include <string_view>

#include "base/result.h"

namespace berth::contract {

inline constexpr int kStdoutPriority = 6;  // info, what conmon gives a line of stdout
inline constexpr int kStderrPriority = 3;  // err

// EINVAL, naming `flag`, for anything else.
[[nodiscard]] Result<int> parse_log_priority(std::string_view flag, std::string_view text);

}  // namespace berth::contract
