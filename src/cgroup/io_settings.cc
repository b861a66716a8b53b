#include "cgroup/io_settings.h"

#include "base/text.h"
#include "cgroup/convert.h"

namespace berth::cgroup {

namespace {

void add_weights(const spec::BlockIo& io, bool has_bfq, std::vector<Setting>& out) {
  const std::string file = has_bfq ? "io.bfq.weight" : "io.weight";
  const auto weight_text = [has_bfq](std::uint64_t weight) {
    return concat(has_bfq ? weight : io_weight_from_blkio(weight));
  };
  if (io.weight.value_or(0) != 0)
    out.push_back(
        {.file = file, .value = weight_text(*io.weight), .member = "linux.resources.blockIO.weight"});
  for (const spec::WeightDevice& device : io.weight_device) {
    if (device.weight.value_or(0) == 0) continue;
    out.push_back({.file = file,
                   .value = concat(device.major, ':', device.minor, ' ', weight_text(*device.weight)),
                   .member = "linux.resources.blockIO.weightDevice"});
  }
}

void add_throttles(const std::vector<spec::ThrottleDevice>& devices, std::string_view key,
                   std::string_view name, std::vector<Setting>& out) {
  for (const spec::ThrottleDevice& device : devices) {
    const std::string rate = device.rate == 0 ? "max" : concat(device.rate);
    out.push_back({.file = "io.max",
                   .value = concat(device.major, ':', device.minor, ' ', key, '=', rate),
                   .member = concat("linux.resources.blockIO.", name)});
  }
}

}  // namespace

std::vector<Setting> io_settings_of(const spec::BlockIo& io, bool has_bfq) {
  std::vector<Setting> out;
  add_weights(io, has_bfq, out);
  add_throttles(io.throttle_read_bps, "rbps", "throttleReadBpsDevice", out);
  add_throttles(io.throttle_write_bps, "wbps", "throttleWriteBpsDevice", out);
  add_throttles(io.throttle_read_iops, "riops", "throttleReadIOPSDevice", out);
  add_throttles(io.throttle_write_iops, "wiops", "throttleWriteIOPSDevice", out);
  return out;
}

}  // namespace berth::cgroup
