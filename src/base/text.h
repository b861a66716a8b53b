// Text: joining, splitting, strict numbers, escaping. Allocates; not for use between fork and exec.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

// One piece of a concatenation: text, a character, a number or a bool, rendered without allocation.
class Piece {
 public:
  // NOLINTBEGIN(google-explicit-constructor): conversion is what a Piece is for.
  Piece(std::string_view text) : text_(text) {}
  Piece(const std::string& text) : text_(text) {}
  Piece(const char* text) : text_(text != nullptr ? text : "(null)") {}
  Piece(char c) : text_(digits_.data(), 1) { digits_[0] = c; }
  Piece(bool value) : text_(value ? "true" : "false") {}
  template <class Int>
  requires(std::integral<Int> && !std::same_as<Int, char> && !std::same_as<Int, bool>) Piece(Int value) {
    text_ = {digits_.data(), std::to_chars(digits_.data(), digits_.data() + digits_.size(), value).ptr};
  }
  // NOLINTEND(google-explicit-constructor)
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() = default;

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  std::array<char, 24> digits_{};
  std::string_view text_;
};

void append_pieces(std::string& out, std::initializer_list<const Piece*> pieces);

// concat("pid ", 42, ' ', name): one string, one allocation.
template <class... Pieces>
[[nodiscard]] std::string concat(const Pieces&... pieces) {
  std::string out;
  [&out](const auto&... p) { append_pieces(out, {&p...}); }(Piece(pieces)...);
  return out;
}
template <class... Pieces>
void append(std::string& out, const Pieces&... pieces) {
  [&out](const auto&... p) { append_pieces(out, {&p...}); }(Piece(pieces)...);
}

// Every piece between separators, empty ones too: split("a,,b", ',') is {"a", "", "b"}; split("", ',') is
// {""}.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
template <std::same_as<std::string> String>  // a temporary: the pieces would outlive it
void split(String&& text, char separator) = delete;
// {"key", "value"} around the first separator; nullopt when there is none.
[[nodiscard]] std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text,
                                                                                      char separator);
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The whole of `text` as a number, else nullopt: no sign for unsigned types, no blanks, no trailing text, no
// overflow.
template <std::integral Int>
[[nodiscard]] std::optional<Int> parse_number(std::string_view text, int base = 10) noexcept {
  Int value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (status != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// Control characters (and DEL) as \xNN, so that a message stays one line and a terminal stays sane.
[[nodiscard]] std::string escape_control(std::string_view text);
[[nodiscard]] std::string to_hex(std::string_view bytes);

}  // namespace berth
