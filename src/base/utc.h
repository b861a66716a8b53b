// A moment as RFC 3339 text in UTC. Unlike gmtime_r(3) it does not read the machine's time zone file first.
#pragma once

#include <ctime>
#include <string>

namespace berth {

// "2026-01-02T03:04:05.123456789Z"
[[nodiscard]] std::string utc_text(const timespec& moment);

}  // namespace berth
