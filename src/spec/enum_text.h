// Closed sets of words in config.json as enums: one table a type serves both directions.
//
//   enum class Color { red, green };
//   inline constexpr EnumNames<Color, 2> names(Color) { return {{{Color::red, "red"}, {Color::green,
//   "green"}}}; }
//
// decode() then refuses any other word and lists those that it knows:
//   config.json: linux.namespaces[2].type: expected one of pid, network, …, found "nett"
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "json/value.h"
#include "json/writer.h"

namespace berth::spec {

template <class Enum, std::size_t Count>
using EnumNames = std::array<std::pair<Enum, std::string_view>, Count>;

template <class Enum>
concept NamedEnum = std::is_enum_v<Enum> && requires(Enum value) {
  names(value).size();
};

template <NamedEnum Enum>
[[nodiscard]] constexpr std::string_view to_text(Enum value) noexcept {
  for (const auto& [known, name] : names(value)) {
    if (known == value) return name;
  }
  return {};
}

template <NamedEnum Enum>
[[nodiscard]] constexpr std::optional<Enum> from_text(std::string_view text) noexcept {
  for (const auto& [known, name] : names(Enum{})) {
    if (name == text) return known;
  }
  return std::nullopt;
}

// "one of pid, network, mount": what an error says it expected.
template <NamedEnum Enum>
[[nodiscard]] std::string one_of() {
  std::string out = "one of ";
  bool first = true;
  for (const auto& entry : names(Enum{})) {
    append(out, first ? "" : ", ", entry.second);
    first = false;
  }
  return out;
}

template <NamedEnum Enum>
Result<void> decode(const json::Value& value, Enum& out) {
  TRY_ASSIGN(const std::string text, value.as_string());
  const auto known = from_text<Enum>(text);
  if (!known) return value.expected(one_of<Enum>());
  out = *known;
  return {};
}

template <NamedEnum Enum>
void encode(json::Writer& out, Enum value) {
  out.value(to_text(value));
}

}  // namespace berth::spec
