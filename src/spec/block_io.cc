#include "spec/block_io.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, WeightDevice& out) {
  TRY(json::read_required(value, "major", out.major));
  TRY(json::read_required(value, "minor", out.minor));
  TRY(json::read(value, "weight", out.weight));
  TRY(json::read(value, "leafWeight", out.leaf_weight));
  return {};
}

void encode(json::Writer& out, const WeightDevice& device) {
  out.begin_object();
  put_always(out, "major", device.major);
  put_always(out, "minor", device.minor);
  put(out, "weight", device.weight);
  put(out, "leafWeight", device.leaf_weight);
  out.end_object();
}

Result<void> decode(const json::Value& value, ThrottleDevice& out) {
  TRY(json::read_required(value, "major", out.major));
  TRY(json::read_required(value, "minor", out.minor));
  TRY(json::read(value, "rate", out.rate));
  return {};
}

void encode(json::Writer& out, const ThrottleDevice& device) {
  out.begin_object();
  put_always(out, "major", device.major);
  put_always(out, "minor", device.minor);
  put_always(out, "rate", device.rate);
  out.end_object();
}

Result<void> decode(const json::Value& value, BlockIo& out) {
  TRY(json::read(value, "weight", out.weight));
  TRY(json::read(value, "leafWeight", out.leaf_weight));
  TRY(json::read(value, "weightDevice", out.weight_device));
  TRY(json::read(value, "throttleReadBpsDevice", out.throttle_read_bps));
  TRY(json::read(value, "throttleWriteBpsDevice", out.throttle_write_bps));
  TRY(json::read(value, "throttleReadIOPSDevice", out.throttle_read_iops));
  TRY(json::read(value, "throttleWriteIOPSDevice", out.throttle_write_iops));
  return {};
}

void encode(json::Writer& out, const BlockIo& block_io) {
  out.begin_object();
  put(out, "weight", block_io.weight);
  put(out, "leafWeight", block_io.leaf_weight);
  put(out, "weightDevice", block_io.weight_device);
  put(out, "throttleReadBpsDevice", block_io.throttle_read_bps);
  put(out, "throttleWriteBpsDevice", block_io.throttle_write_bps);
  put(out, "throttleReadIOPSDevice", block_io.throttle_read_iops);
  put(out, "throttleWriteIOPSDevice", block_io.throttle_write_iops);
  out.end_object();
}

}  // namespace berth::spec
