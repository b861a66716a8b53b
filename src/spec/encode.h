// Writing value types back as JSON: what is empty or unset is left out, as Go's "omitempty" does.
// Each type of this module has `void encode(json::Writer&, const T&)` beside its decode().
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "spec/enum_text.h"

namespace berth::spec {

inline void encode(json::Writer& out, const std::string& text) {
  out.value(std::string_view(text));
}
template <std::integral Int>
void encode(json::Writer& out, Int number) {
  out.value(number);
}

// The member `name`, whatever its value.
template <class T>
void put_always(json::Writer& out, std::string_view name, const T& value) {
  out.key(name);
  encode(out, value);
}

// The member `name`, unless it is empty, unset, false or zero.
template <class T>
requires(std::integral<T>) void put(json::Writer& out, std::string_view name, const T& value) {
  if (value != T{}) put_always(out, name, value);
}
inline void put(json::Writer& out, std::string_view name, const std::string& text) {
  if (!text.empty()) put_always(out, name, text);
}
template <class T>
void put(json::Writer& out, std::string_view name, const std::optional<T>& value) {
  if (value) put_always(out, name, *value);
}
template <class T>
void put(json::Writer& out, std::string_view name, const std::vector<T>& items) {
  if (items.empty()) return;
  out.key(name).begin_array();
  for (const T& item : items) encode(out, item);
  out.end_array();
}
template <class T>
void put(json::Writer& out, std::string_view name, const std::map<std::string, T>& items) {
  if (items.empty()) return;
  out.key(name).begin_object();
  for (const auto& [key, item] : items) put_always(out, key, item);
  out.end_object();
}

}  // namespace berth::spec
