#include "json/writer.h"

#include <array>
#include <charconv>

#include "json/utf8.h"

namespace berth::json {

namespace {

constexpr std::string_view kReplacement = "\\ufffd";

// How many characters at the start stand for themselves.
std::size_t plain_prefix(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= 0x20 && text[length] < 0x7f && text[length] != '"' &&
         text[length] != '\\')
    ++length;
  return length;
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) {
    append(out, "\\u00", to_hex({&c, 1}));
  } else {
    out.push_back(c);
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);
  out.push_back('"');
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    if (length == 0) out.append(kReplacement);
    if (length == 1) append_ascii(out, text.front());
    if (length > 1) out.append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
}

void Writer::new_line() {
  if (indent_.empty()) return;
  text_.push_back('\n');
  for (int i = 0; i < depth_; ++i) text_.append(indent_);
}

void Writer::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) text_.push_back(',');
  first_ = false;
  new_line();
}

Writer& Writer::open(char bracket) {
  before_value();
  text_.push_back(bracket);
  ++depth_;
  first_ = true;
  return *this;
}

Writer& Writer::close(char bracket) {
  --depth_;
  if (!first_) new_line();
  text_.push_back(bracket);
  first_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  before_value();
  append_string(text_, name);
  text_.append(indent_.empty() ? ":" : ": ");
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  before_value();
  append_string(text_, text);
  return *this;
}

Writer& Writer::value(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Writer& Writer::value(const std::vector<std::string>& strings) {
  begin_array();
  for (const std::string& string : strings) value(std::string_view(string));
  return end_array();
}

Writer& Writer::value(const std::map<std::string, std::string>& strings) {
  begin_object();
  for (const auto& [name, content] : strings) key(name).value(std::string_view(content));
  return end_object();
}

Writer& Writer::raw(std::string_view json) {
  before_value();
  text_.append(json);
  return *this;
}

}  // namespace berth::json
