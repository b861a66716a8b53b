// config-linux.md "Block IO".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "json/value.h"
#include "json/writer.h"

namespace berth::spec {

struct WeightDevice {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::optional<std::uint16_t> weight = {};
  std::optional<std::uint16_t> leaf_weight = {};
  friend bool operator==(const WeightDevice&, const WeightDevice&) = default;
};
Result<void> decode(const json::Value& value, WeightDevice& out);
void encode(json::Writer& out, const WeightDevice& device);

struct ThrottleDevice {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::uint64_t rate = 0;  // bytes or operations a second; 0: no limit
  friend bool operator==(const ThrottleDevice&, const ThrottleDevice&) = default;
};
Result<void> decode(const json::Value& value, ThrottleDevice& out);
void encode(json::Writer& out, const ThrottleDevice& device);

struct BlockIo {
  std::optional<std::uint16_t> weight = {};  // 10 to 1000, as cgroup v1 counts
  std::optional<std::uint16_t> leaf_weight = {};
  std::vector<WeightDevice> weight_device = {};
  std::vector<ThrottleDevice> throttle_read_bps = {};
  std::vector<ThrottleDevice> throttle_write_bps = {};
  std::vector<ThrottleDevice> throttle_read_iops = {};
  std::vector<ThrottleDevice> throttle_write_iops = {};
  friend bool operator==(const BlockIo&, const BlockIo&) = default;
};
Result<void> decode(const json::Value& value, BlockIo& out);
void encode(json::Writer& out, const BlockIo& block_io);

}  // namespace berth::spec
