// D-Bus messages, as far as a client of systemd's manager needs them: https://dbus.freedesktop.org/doc/
// dbus-specification.html. Pure. Little endian, which is what both ends on one machine speak.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "systemd/property_value.h"

namespace berth::systemd {

// Values one after another in the wire format, each at its alignment.
class BusWriter {
 public:
  void byte(std::uint8_t value) { data_.push_back(static_cast<char>(value)); }
  void boolean(bool value) { u32(value ? 1 : 0); }
  void u32(std::uint32_t value) { put(&value, sizeof(value)); }
  void u64(std::uint64_t value) { put(&value, sizeof(value)); }
  void string(std::string_view text);  // also an object path
  void signature(std::string_view text);
  void begin_struct() { align(8); }
  void align(std::size_t boundary);
  struct Array {
    std::size_t length_at;
    std::size_t start;
  };
  [[nodiscard]] Array begin_array(std::size_t element_alignment);
  void end_array(Array array);
  void variant(const PropertyValue& value);
  void properties(const std::vector<UnitProperty>& list);  // a(sv)

  [[nodiscard]] const std::string& data() const noexcept { return data_; }

 private:
  void put(const void* value, std::size_t size);
  std::string data_;
};

struct MethodCall {
  std::string_view path;
  std::string_view interface;
  std::string_view member;
  std::string_view signature = {};
  std::string body = {};
};
[[nodiscard]] std::string encode(const MethodCall& call, std::string_view destination, std::uint32_t serial);

enum class BusMessageType : std::uint8_t { method_call = 1, method_return = 2, error = 3, signal = 4 };

struct BusMessage {
  BusMessageType type = BusMessageType::signal;
  std::uint32_t reply_serial = 0;
  std::string member;
  std::string error_name;
  std::string signature;
  std::string body;
  // The strings (and object paths) of the body in order, as long as the signature has only s, o and u.
  [[nodiscard]] std::vector<std::string> strings() const;
  // The value of a body that is one variant with a string, an object path or an unsigned number in it.
  [[nodiscard]] std::optional<std::string> variant_text() const;
};

inline constexpr std::size_t kMaxBusMessage = 16U << 20U;
// How long the message is that `data` begins with; nullopt while that cannot be told. EBADMSG when it is none.
[[nodiscard]] Result<std::optional<std::size_t>> message_size(std::string_view data);
// One whole message.
[[nodiscard]] Result<BusMessage> decode_message(std::string_view data);

}  // namespace berth::systemd
