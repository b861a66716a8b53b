#include "systemd/bus_message.h"

#include <array>
#include <cstring>

#include "base/text.h"

namespace berth::systemd {

namespace {

constexpr std::size_t kFixedHeader = 16;  // with the length of the header fields
enum class Field : std::uint8_t {
  path = 1,
  interface = 2,
  member = 3,
  error_name = 4,
  reply_serial = 5,
  destination = 6,
  signature = 8,
};

constexpr std::size_t padded(std::size_t size, std::size_t boundary) noexcept {
  return (size + boundary - 1) / boundary * boundary;
}

std::string_view letters_of(const PropertyValue& value) noexcept {
  constexpr std::array<std::string_view, 9> kLetters = {"b", "i", "u", "x", "t", "s", "as", "au", "ay"};
  static_assert(kLetters.size() == std::variant_size_v<PropertyValue>);
  return kLetters[value.index()];
}

// Reads what BusWriter writes; every length is the peer's word and checked.
class BusReader {
 public:
  explicit BusReader(std::string_view data, std::size_t at = 0) : data_(data), at_(at) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ >= data_.size(); }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  void align(std::size_t boundary) noexcept { at_ = padded(at_, boundary); }

  std::optional<std::uint8_t> byte() {
    if (at_ >= data_.size()) return std::nullopt;
    return static_cast<std::uint8_t>(data_[at_++]);
  }
  std::optional<std::uint32_t> u32() {
    align(4);
    std::uint32_t value = 0;
    if (at_ > data_.size() || data_.size() - at_ < sizeof(value)) return std::nullopt;
    std::memcpy(&value, data_.data() + at_, sizeof(value));
    at_ += sizeof(value);
    return value;
  }
  std::optional<std::string_view> string() {
    const auto size = u32();
    return size ? text(*size) : std::nullopt;
  }
  std::optional<std::string_view> signature() {
    const auto size = byte();
    return size ? text(*size) : std::nullopt;
  }

 private:
  // With its NUL.
  std::optional<std::string_view> text(std::size_t size) {
    if (at_ > data_.size() || data_.size() - at_ < size + 1) return std::nullopt;
    const std::string_view out = data_.substr(at_, size);
    at_ += size + 1;
    return out;
  }

  std::string_view data_;
  std::size_t at_;
};

void add_field(BusWriter& out, Field field, std::string_view type, std::string_view value) {
  out.begin_struct();
  out.byte(static_cast<std::uint8_t>(field));
  out.signature(type);
  if (type == "g") {
    out.signature(value);
  } else {
    out.string(value);
  }
}

Error malformed() {
  return Error::message("a malformed message came over the bus", EBADMSG);
}

bool take_field(BusReader& in, BusMessage& out) {
  in.align(8);
  const auto code = in.byte();
  const auto type = in.signature();
  if (!code || !type) return false;
  const auto field = static_cast<Field>(*code);
  if (*type == "u") {
    const auto number = in.u32();
    if (!number) return false;
    if (field == Field::reply_serial) out.reply_serial = *number;
    return true;
  }
  const auto text = *type == "g" ? in.signature() : in.string();
  if (!text || (*type != "g" && *type != "s" && *type != "o")) return false;
  if (field == Field::member) out.member = *text;
  if (field == Field::error_name) out.error_name = *text;
  if (field == Field::signature) out.signature = *text;
  return true;
}

}  // namespace

void BusWriter::put(const void* value, std::size_t size) {
  align(size);
  data_.append(static_cast<const char*>(value), size);
}

void BusWriter::align(std::size_t boundary) {
  data_.resize(padded(data_.size(), boundary));
}

void BusWriter::string(std::string_view text) {
  u32(static_cast<std::uint32_t>(text.size()));
  append(data_, text, '\0');
}

void BusWriter::signature(std::string_view text) {
  byte(static_cast<std::uint8_t>(text.size()));
  append(data_, text, '\0');
}

// The length does not count the padding before the first element.
BusWriter::Array BusWriter::begin_array(std::size_t element_alignment) {
  u32(0);
  const std::size_t length_at = data_.size() - sizeof(std::uint32_t);
  align(element_alignment);
  return {.length_at = length_at, .start = data_.size()};
}

void BusWriter::end_array(Array array) {
  const auto size = static_cast<std::uint32_t>(data_.size() - array.start);
  std::memcpy(data_.data() + array.length_at, &size, sizeof(size));
}

void BusWriter::variant(const PropertyValue& value) {
  signature(letters_of(value));
  const auto each = [this](const auto& list, std::size_t alignment, auto write) {
    const Array began = begin_array(alignment);
    for (const auto& item : list) write(item);
    end_array(began);
  };
  if (const auto* flag = std::get_if<bool>(&value)) boolean(*flag);
  if (const auto* i32 = std::get_if<std::int32_t>(&value)) u32(static_cast<std::uint32_t>(*i32));
  if (const auto* number = std::get_if<std::uint32_t>(&value)) u32(*number);
  if (const auto* i64 = std::get_if<std::int64_t>(&value)) u64(static_cast<std::uint64_t>(*i64));
  if (const auto* number = std::get_if<std::uint64_t>(&value)) u64(*number);
  if (const auto* text = std::get_if<std::string>(&value)) string(*text);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
    each(*texts, 4, [this](const std::string& text) { string(text); });
  if (const auto* numbers = std::get_if<std::vector<std::uint32_t>>(&value))
    each(*numbers, 4, [this](std::uint32_t number) { u32(number); });
  if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&value))
    each(*bytes, 1, [this](std::uint8_t number) { byte(number); });
}

void BusWriter::properties(const std::vector<UnitProperty>& list) {
  const Array began = begin_array(8);
  for (const UnitProperty& property : list) {
    begin_struct();
    string(property.name);
    variant(property.value);
  }
  end_array(began);
}

std::string encode(const MethodCall& call, std::string_view destination, std::uint32_t serial) {
  BusWriter out;
  out.byte('l');
  out.byte(static_cast<std::uint8_t>(BusMessageType::method_call));
  out.byte(0);  // flags
  out.byte(1);  // version of the protocol
  out.u32(static_cast<std::uint32_t>(call.body.size()));
  out.u32(serial);
  const BusWriter::Array began = out.begin_array(8);
  add_field(out, Field::path, "o", call.path);
  add_field(out, Field::interface, "s", call.interface);
  add_field(out, Field::member, "s", call.member);
  if (!destination.empty()) add_field(out, Field::destination, "s", destination);
  if (!call.signature.empty()) add_field(out, Field::signature, "g", call.signature);
  out.end_array(began);
  out.align(8);
  return concat(out.data(), call.body);
}

Result<std::optional<std::size_t>> message_size(std::string_view data) {
  if (data.size() < kFixedHeader) return std::optional<std::size_t>();
  BusReader in(data, 4);
  const std::size_t body = in.u32().value_or(0);
  BusReader fields_in(data, 12);
  const std::size_t fields = fields_in.u32().value_or(0);
  if (data[0] != 'l' || data[3] != 1 || body > kMaxBusMessage || fields > kMaxBusMessage) return malformed();
  return std::optional(padded(kFixedHeader + fields, 8) + body);
}

Result<BusMessage> decode_message(std::string_view data) {
  TRY_ASSIGN(const auto size, message_size(data));
  if (!size || *size != data.size()) return malformed();
  BusReader lengths(data, 12);
  const std::size_t fields_end = kFixedHeader + lengths.u32().value_or(0);
  const std::size_t body_at = padded(fields_end, 8);
  if (body_at > data.size()) return malformed();
  BusMessage message;
  message.type = static_cast<BusMessageType>(data[1]);
  BusReader in(data.substr(0, fields_end), kFixedHeader);
  while (!in.at_end()) {
    if (!take_field(in, message)) return malformed();
  }
  message.body = data.substr(body_at);
  return message;
}

std::optional<std::string> BusMessage::variant_text() const {
  if (signature != "v") return std::nullopt;
  BusReader in(body);
  const auto kind = in.signature();
  if (kind == "u") {
    const auto number = in.u32();
    return number ? std::optional(concat(*number)) : std::nullopt;
  }
  if (kind != "s" && kind != "o") return std::nullopt;
  const auto text = in.string();
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::vector<std::string> BusMessage::strings() const {
  std::vector<std::string> out;
  BusReader in(body);
  for (const char letter : signature) {
    if (letter == 'u') {
      if (!in.u32()) break;
      continue;
    }
    if (letter != 's' && letter != 'o') break;
    const auto text = in.string();
    if (!text) break;
    out.emplace_back(*text);
  }
  return out;
}

}  // namespace berth::systemd
