// Quantities of the command line: cpus, signals, times; base/quantity.h has sizes and durations. Strict: what is not understood is an error that
// says what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.h"
#include "base/result.h"

namespace berth::engine {

// "1.5" -> 1500 thousandths. At most three decimals count.
[[nodiscard]] Result<std::int64_t> parse_thousandths(std::string_view text);
// "TERM", "SIGTERM", "term", "15", "RTMIN+3" -> 15.
[[nodiscard]] Result<int> parse_signal(std::string_view text);
[[nodiscard]] std::string signal_name(int signal);  // "SIGTERM"; the number when it has none
// A point in time, nanoseconds since the epoch: RFC 3339 (also without zone: local, or as a date alone), seconds since the
// epoch with a fraction, or a duration before `now_ns` ("10m", "1h30m").
[[nodiscard]] Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns);
[[nodiscard]] std::int64_t now_ns();
// "2026-11-21T19:03:47.123456789Z"; the zero time of Go for 0.
[[nodiscard]] std::string format_time(std::int64_t time_ns);
// "About a minute", "3 hours": the age of something, as podman says it.
[[nodiscard]] std::string human_duration(std::int64_t duration_ns);

}  // namespace berth::engine
