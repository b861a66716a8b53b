#include "cgroup/convert.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace berth::cgroup {

std::uint64_t weight_from_shares(std::uint64_t shares) noexcept {
  constexpr std::uint64_t kLowest = 2;
  constexpr std::uint64_t kHighest = 262144;
  if (shares == 0) return 0;
  if (shares <= kLowest) return 1;
  if (shares >= kHighest) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  const double exponent = (l * l + 125.0 * l) / 612.0 - 7.0 / 34.0;
  const double weight = std::pow(10.0, exponent);
  // 1024 is meant to be 100 exactly; a last-bit error of pow() must not make it 101.
  constexpr double kNoise = 1e-9;
  return static_cast<std::uint64_t>(std::ceil(weight * (1.0 - kNoise)));
}

std::uint64_t io_weight_from_blkio(std::uint64_t weight) noexcept {
  if (weight == 0) return 0;
  const std::uint64_t clamped = std::clamp<std::uint64_t>(weight, 10, 1000);
  return 1 + (clamped - 10) * 9999 / 990;
}

Result<SwapLimit> swap_from_total(std::int64_t memory, std::int64_t total) {
  if (total == 0) return memory == -1 ? SwapLimit{.set = true, .bytes = -1} : SwapLimit{};
  if (total == -1) return SwapLimit{.set = true, .bytes = -1};
  constexpr std::string_view kMember = "linux.resources.memory.swap";
  if (memory <= 0)
    return Error::invalid(kMember, "expected a memory limit beside it (it counts memory and swap together)");
  if (total < memory)
    return Error::invalid(kMember,
                          concat("expected at least the memory limit (", memory, "), found ", total));
  return SwapLimit{.set = true, .bytes = total - memory};
}

}  // namespace berth::cgroup
