// Protocol Buffers as they are on the wire: varints and length-prefixed bytes, all that small messages need.
// https://protobuf.dev/programming-guides/encoding
//
//   ProtobufWriter out;
//   out.number(2, pid).text(13, root);
//
//   ProtobufReader in(bytes);
//   while (in.next()) { if (in.field() == 2) pid = in.number(); }
//   if (in.is_broken()) …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace berth::contract {

class ProtobufWriter {
 public:
  // Negative numbers are sign-extended to 64 bits, as int32 and int64 fields are.
  ProtobufWriter& number(unsigned field, std::int64_t value);
  ProtobufWriter& text(unsigned field, std::string_view value);
  ProtobufWriter& message(unsigned field, const ProtobufWriter& value) { return text(field, value.bytes_); }

  [[nodiscard]] const std::string& bytes() const& noexcept { return bytes_; }
  [[nodiscard]] std::string bytes() && noexcept { return std::move(bytes_); }

 private:
  void varint(std::uint64_t value);
  std::string bytes_;
};

class ProtobufReader {
 public:
  // Borrows `bytes`.
  explicit ProtobufReader(std::string_view bytes) noexcept : rest_(bytes) {}

  // The next field; false at the end, or at something that is no field (is_broken()).
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }
  [[nodiscard]] unsigned field() const noexcept { return field_; }
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }  // 0 when it is text
  [[nodiscard]] std::string_view text() const noexcept { return text_; }  // empty when it is a number

 private:
  bool varint(std::uint64_t& value) noexcept;
  bool take(std::uint64_t size, std::string_view& out) noexcept;

  std::string_view rest_;
  bool broken_ = false;
  unsigned field_ = 0;
  std::int64_t number_ = 0;
  std::string_view text_;
};

}  // namespace berth::contract
