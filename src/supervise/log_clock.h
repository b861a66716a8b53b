// The time as log files write it, rendered anew only when the second changes (one entry's time costs nine
// digits then).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::supervise {

class LogClock {
 public:
  explicit LogClock(bool utc) : utc_(utc) {}
  // As contract::format_log_time. The view lives until the next call.
  std::string_view format(std::int64_t time_ns);
  [[nodiscard]] static std::int64_t now() noexcept;  // CLOCK_REALTIME, nanoseconds

 private:
  bool utc_;
  std::int64_t second_ = -1;
  std::string text_;  // with the nanoseconds of the last call
};

}  // namespace berth::supervise
