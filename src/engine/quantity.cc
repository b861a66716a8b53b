#include "engine/quantity.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <limits>

#include "base/text.h"
#include "contract/log_line.h"

namespace berth::engine {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : static_cast<char>(c);
  });
  return out;
}

// Digits with an optional fraction, as a whole number of 1/scale. The fraction is cut, not rounded.
std::optional<std::int64_t> parse_decimal(std::string_view text, std::int64_t scale) {
  const auto parts = split_once(text, '.');
  const auto whole = parse_number<std::uint32_t>(parts ? parts->first : text);
  if (!whole) return std::nullopt;
  std::int64_t fraction = 0;
  std::int64_t unit = scale;
  for (const char digit : parts ? parts->second : std::string_view()) {
    if (digit < '0' || digit > '9') return std::nullopt;
    unit /= 10;
    fraction += (digit - '0') * unit;
  }
  std::int64_t result = 0;
  if (__builtin_mul_overflow(std::int64_t{*whole}, scale, &result)) return std::nullopt;
  return result + fraction;
}

std::optional<int> power_of_unit(std::string_view unit) {
  constexpr std::string_view kUnits = "bkmgt";
  if (unit.empty()) return 0;
  const auto power = kUnits.find(unit.front());
  const std::string_view rest = unit.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) return std::nullopt;
  if (power == 0 && !rest.empty()) return std::nullopt;
  return static_cast<int>(power);
}

std::optional<std::int64_t> unit_of_duration(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us") return 1000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return kSecond;
  if (unit == "m") return kMinute;
  if (unit == "h") return kHour;
  return std::nullopt;
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

Result<std::int64_t> parse_size(std::string_view text, bool unlimited) {
  if (unlimited && text == "-1") return std::int64_t{-1};
  const std::string small = lower(text);
  const auto end = std::min(small.find_first_not_of("0123456789"), small.size());
  const auto number = parse_number<std::int64_t>(std::string_view(small).substr(0, end));
  const auto power = power_of_unit(std::string_view(small).substr(end));
  std::int64_t bytes = 0;
  if (!number || !power || __builtin_mul_overflow(*number, std::int64_t{1} << (10 * *power), &bytes)) {
    return Error::message(concat("expected a size such as 512m (units b, k, m, g), found \"", text, "\""),
                          EINVAL);
  }
  return bytes;
}

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

Result<std::int64_t> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  const auto bad = [&] {
    return Error::message(concat("expected a duration such as 1h30m or 10s, found \"", whole, "\""), EINVAL);
  };
  std::int64_t total = 0;
  if (text.empty()) return bad();
  while (!text.empty()) {
    const auto number_end = text.find_first_not_of("0123456789.");
    if (number_end == std::string_view::npos || number_end == 0) return bad();
    const auto unit_end = std::min(text.find_first_of("0123456789.", number_end), text.size());
    const auto unit = unit_of_duration(text.substr(number_end, unit_end - number_end));
    const auto number = parse_decimal(text.substr(0, number_end), 1000);
    std::int64_t part = 0;
    if (!unit || !number || __builtin_mul_overflow(*number, *unit, &part)) return bad();
    if (__builtin_add_overflow(total, part / 1000, &total)) return bad();
    text.remove_prefix(unit_end);
  }
  return total;
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
