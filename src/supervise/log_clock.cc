#include "supervise/log_clock.h"

#include <ctime>

#include "contract/log_line.h"

namespace berth::supervise {

namespace {
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kFraction = std::string_view("2026-01-02T03:04:05.").size();
}  // namespace

std::string_view LogClock::format(std::int64_t time_ns) {
  if (second_ != time_ns / kSecond) {
    second_ = time_ns / kSecond;
    text_ = contract::format_log_time(time_ns, utc_);
  }
  std::int64_t rest = time_ns % kSecond;
  for (std::size_t digit = 9; digit-- > 0; rest /= 10)
    text_[kFraction + digit] = static_cast<char>('0' + rest % 10);
  return text_;
}

std::int64_t LogClock::now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace berth::supervise
