#include "contract/protobuf.h"

namespace berth::contract {

namespace {

// Wire types.
constexpr unsigned kVarint = 0;
constexpr unsigned kFixed64 = 1;
constexpr unsigned kBytes = 2;
constexpr unsigned kFixed32 = 5;

constexpr unsigned kTypeBits = 3;
constexpr unsigned kVarintBits = 7;
constexpr std::uint8_t kMore = 0x80;

}  // namespace

void ProtobufWriter::varint(std::uint64_t value) {
  for (; value >= kMore; value >>= kVarintBits) bytes_.push_back(static_cast<char>(value | kMore));
  bytes_.push_back(static_cast<char>(value));
}

ProtobufWriter& ProtobufWriter::number(unsigned field, std::int64_t value) {
  varint(field << kTypeBits | kVarint);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

ProtobufWriter& ProtobufWriter::text(unsigned field, std::string_view value) {
  varint(field << kTypeBits | kBytes);
  varint(value.size());
  bytes_.append(value);
  return *this;
}

bool ProtobufReader::varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += kVarintBits) {
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & (kMore - 1U)) << shift;
    if (byte < kMore) return true;
  }
  return false;
}

bool ProtobufReader::take(std::uint64_t size, std::string_view& out) noexcept {
  if (size > rest_.size()) return false;
  out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool ProtobufReader::next() noexcept {
  if (rest_.empty() || broken_) return false;
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  number_ = 0;
  text_ = {};
  broken_ = !varint(key);
  field_ = static_cast<unsigned>(key >> kTypeBits);
  std::string_view skipped;
  switch (key & ((1U << kTypeBits) - 1)) {
    case kVarint:
      broken_ = broken_ || !varint(value);
      number_ = static_cast<std::int64_t>(value);
      break;
    case kBytes:
      broken_ = broken_ || !varint(value) || !take(value, text_);
      break;
    case kFixed64:
      broken_ = broken_ || !take(8, skipped);
      break;
    case kFixed32:
      broken_ = broken_ || !take(4, skipped);
      break;
    default:
      broken_ = true;
  }
  return !broken_;
}

}  // namespace berth::contract
