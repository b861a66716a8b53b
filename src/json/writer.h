// JSON written: compact or indented, always valid (bytes that are not UTF-8 become U+FFFD).
//
//   json::Writer out;                       // json::Writer out("\t") indents
//   out.begin_object().key("pid").value(42).key("args").begin_array().value("sh").end_array().end_object();
//   write_all(fd, out.text());
//
// The caller balances begin and end; commas and indentation are ours. A value type; not for use after fork.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace berth::json {

// `text` as a JSON string literal, quotes included, appended to `out`.
void append_string(std::string& out, std::string_view text);

class Writer {
 public:
  explicit Writer(std::string_view indent = {}) : indent_(indent) {}

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);

  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(bool flag) { return raw(flag ? "true" : "false"); }
  template <class Int>
  requires(std::integral<Int> && !std::same_as<Int, bool> &&
           !std::same_as<Int, char>) Writer& value(Int number) {
    return raw(concat(number));
  }
  Writer& value(double number);
  Writer& value(const std::vector<std::string>& strings);
  Writer& value(const std::map<std::string, std::string>& strings);
  Writer& null() { return raw("null"); }
  // JSON text that is known to be valid, put in as it is.
  Writer& raw(std::string_view json);

  // key and value in one call.
  template <class T>
  Writer& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  [[nodiscard]] const std::string& text() const& noexcept { return text_; }
  [[nodiscard]] std::string text() && noexcept { return std::move(text_); }

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void before_value();
  void new_line();

  std::string text_;
  std::string indent_;
  int depth_ = 0;
  bool first_ = true;  // nothing stands in the innermost bracket yet
  bool after_key_ = false;
};

}  // namespace berth::json
