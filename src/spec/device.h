// config-linux.md "Devices" (nodes that are made) and "Allowed Device list" (rules of the device filter).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/enum_text.h"

namespace berth::spec {

enum class DeviceType : std::uint8_t { character, unbuffered, block, fifo };
constexpr EnumNames<DeviceType, 4> names(DeviceType /*type*/) {
  return {{{DeviceType::character, "c"},
           {DeviceType::unbuffered, "u"},
           {DeviceType::block, "b"},
           {DeviceType::fifo, "p"}}};
}

struct Device {
  DeviceType type = DeviceType::character;
  std::string path = {};
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::optional<std::uint32_t> file_mode = {};
  std::optional<std::uint32_t> uid = {};
  std::optional<std::uint32_t> gid = {};
  friend bool operator==(const Device&, const Device&) = default;
};
Result<void> decode(const json::Value& value, Device& out);
void encode(json::Writer& out, const Device& device);

enum class DeviceRuleType : std::uint8_t { all, character, block };
constexpr EnumNames<DeviceRuleType, 3> names(DeviceRuleType /*type*/) {
  return {{{DeviceRuleType::all, "a"}, {DeviceRuleType::character, "c"}, {DeviceRuleType::block, "b"}}};
}

struct DeviceRule {
  bool allow = false;
  DeviceRuleType type = DeviceRuleType::all;
  std::optional<std::int64_t> major = {};  // unset (or -1 in the document): every one
  std::optional<std::int64_t> minor = {};
  // Letters of "rwm" as bits; an empty string in the document means all three.
  bool read = true;
  bool write = true;
  bool mknod = true;
  friend bool operator==(const DeviceRule&, const DeviceRule&) = default;
};
Result<void> decode(const json::Value& value, DeviceRule& out);
void encode(json::Writer& out, const DeviceRule& rule);

}  // namespace berth::spec
