#include "base/quantity.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace berth {

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

}  // namespace

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

}  // namespace berth
