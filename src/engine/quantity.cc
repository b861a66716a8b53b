#include "engine/quantity.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "contract/log_line.h"

namespace berth::engine {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : static_cast<char>(c);
  });
  return out;
}

std::optional<int> real_time_signal(std::string_view name) {
  if (name == "RTMIN") return SIGRTMIN;
  if (name == "RTMAX") return SIGRTMAX;
  const auto offset = name.size() > 6 ? parse_number<int>(name.substr(6)) : std::nullopt;
  if (!offset || *offset < 0 || *offset > SIGRTMAX - SIGRTMIN) return std::nullopt;
  if (name.starts_with("RTMIN+")) return SIGRTMIN + *offset;
  if (name.starts_with("RTMAX-")) return SIGRTMAX - *offset;
  return std::nullopt;
}

}  // namespace

Result<std::int64_t> parse_thousandths(std::string_view text) {
  const auto value = parse_decimal(text, 1000);
  if (!value) return Error::message(concat("expected a number such as 1.5, found \"", text, "\""), EINVAL);
  return *value;
}

Result<int> parse_signal(std::string_view text) {
  std::string name = upper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (const auto number = parse_number<int>(name); number && *number >= 1 && *number <= SIGRTMAX)
    return *number;
  if (const auto real_time = real_time_signal(name)) return *real_time;
  for (int signal = 1; signal < 32; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr && name == known) return signal;
  }
  return Error::message(concat("expected a signal such as TERM or 15, found \"", text, "\""), EINVAL);
}

std::string signal_name(int signal) {
  const char* known = ::sigabbrev_np(signal);
  return known != nullptr ? concat("SIG", known) : concat(signal);
}

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now) {
  if (const auto seconds = parse_decimal(text, kSecond)) return *seconds;
  if (auto duration = parse_duration(text)) return now - *duration;
  if (auto time = contract::parse_log_time(text)) return *time;
  // Without a zone: taken as UTC, which is what a container's log and a server's clock speak.
  if (auto time = contract::parse_log_time(concat(text, "Z"))) return *time;
  if (auto time = contract::parse_log_time(concat(text, "T00:00:00Z"))) return *time;
  return Error::message(
      concat("expected a time (2026-01-02T03:04:05Z, seconds since 1970, or a duration such as "
             "10m), found \"",
             text, "\""),
      EINVAL);
}

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

std::string format_time(std::int64_t time_ns) {
  if (time_ns == 0) return "0001-01-01T00:00:00Z";
  return contract::format_log_time(time_ns, true);
}

std::string human_duration(std::int64_t duration_ns) {
  const std::int64_t seconds = duration_ns / kSecond;
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = (minutes + 30) / 60;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return concat(seconds, " seconds");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return concat(minutes, " minutes");
  if (hours == 1) return "About an hour";
  if (hours < 48) return concat(hours, " hours");
  if (hours < 24 * 7 * 2) return concat(hours / 24, " days");
  if (hours < 24 * 30 * 2) return concat(hours / 24 / 7, " weeks");
  if (hours < 24 * 365 * 2) return concat(hours / 24 / 30, " months");
  return concat(hours / 24 / 365, " years");
}

}  // namespace berth::engine
