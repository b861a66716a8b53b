#include "systemd/property_value.h"

#include "base/text.h"

namespace berth::systemd {

namespace {

constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;

Error bad(std::string_view name, std::string_view text) {
  return Error::invalid(
      concat("annotation org.systemd.property.", name),
      concat("expected a value like true, 5, uint64 5, 'text' or ['a', 'b'], found ", text));
}

// 'text' or "text" at the beginning of `rest`, which then is what follows. A backslash takes the next character as is.
std::optional<std::string> take_string(std::string_view& rest) {
  if (rest.size() < 2 || (rest.front() != '\'' && rest.front() != '"')) return std::nullopt;
  std::string out;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == rest.front()) {
      rest.remove_prefix(i + 1);
      return out;
    }
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    out.push_back(rest[i]);
  }
  return std::nullopt;
}

std::optional<PropertyValue> parse_array(std::string_view text) {
  std::vector<std::string> items;
  std::string_view rest = trim(text.substr(1, text.size() - 2));
  while (!rest.empty()) {
    auto item = take_string(rest);
    if (!item) return std::nullopt;
    items.push_back(std::move(*item));
    rest = trim(rest);
    if (rest.empty()) break;
    if (rest.front() != ',') return std::nullopt;
    rest = trim(rest.substr(1));
  }
  return items;
}

template <class Int>
std::optional<PropertyValue> number(std::string_view text) {
  const auto value = parse_number<Int>(trim(text));
  if (!value) return std::nullopt;
  return PropertyValue(*value);
}

std::optional<PropertyValue> parse_number_value(std::string_view text) {
  const auto typed = split_once(text, ' ');
  if (!typed) return number<std::int32_t>(text);
  if (typed->first == "int32") return number<std::int32_t>(typed->second);
  if (typed->first == "uint32") return number<std::uint32_t>(typed->second);
  if (typed->first == "int64") return number<std::int64_t>(typed->second);
  if (typed->first == "uint64") return number<std::uint64_t>(typed->second);
  return std::nullopt;
}

std::optional<PropertyValue> parse_value(std::string_view text) {
  if (text == "true") return PropertyValue(true);
  if (text == "false") return PropertyValue(false);
  if (text.starts_with('[') && text.ends_with(']')) return parse_array(text);
  if (text.starts_with('\'') || text.starts_with('"')) {
    auto string = take_string(text);
    if (!string || !text.empty()) return std::nullopt;
    return PropertyValue(std::move(*string));
  }
  return parse_number_value(text);
}

std::optional<std::uint64_t> as_seconds(const PropertyValue& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint32_t>(&value)) return *number;
  const auto* small = std::get_if<std::int32_t>(&value);
  const auto* large = std::get_if<std::int64_t>(&value);
  const std::int64_t seconds = small != nullptr ? *small : large != nullptr ? *large : -1;
  if (seconds < 0) return std::nullopt;
  return static_cast<std::uint64_t>(seconds);
}

}  // namespace

Result<UnitProperty> parse_property(std::string_view name, std::string_view text) {
  auto value = parse_value(trim(text));
  if (!value || name.empty()) return bad(name, text);
  if (!name.ends_with("Sec") || name.ends_with("USec"))
    return UnitProperty{std::string(name), std::move(*value)};
  const auto seconds = as_seconds(*value);
  std::uint64_t microseconds = 0;
  if (!seconds || __builtin_mul_overflow(*seconds, kMicrosecondsPerSecond, &microseconds))
    return bad(name, text);
  return UnitProperty{concat(name.substr(0, name.size() - 3), "USec"), microseconds};
}

}  // namespace berth::systemd
