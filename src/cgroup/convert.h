// From the terms of cgroup v1, in which config.json speaks, to those of v2. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace berth::cgroup {

// cpu.shares (2 to 262144, 1024 is normal) as cpu.weight (1 to 10000, 100 is normal); 0 stays 0: unset.
//
// The curve through (2, 1), (1024, 100) and (262144, 10000) on logarithmic scales: 10^((l² + 125 l) / 612 -
// 7/34) with l = log2(shares), rounded up. So a container with 1024 shares weighs as much as a unit that says
// nothing; the linear formula of former years gave it 39 (opencontainers/cgroups and crun changed in 2025).
[[nodiscard]] std::uint64_t weight_from_shares(std::uint64_t shares) noexcept;

// blkio.weight (10 to 1000) as io.weight (1 to 10000): linear; 0 stays 0.
[[nodiscard]] std::uint64_t io_weight_from_blkio(std::uint64_t weight) noexcept;

// memory.swap.max from "memory and swap together": both as config.json has them, -1 for no limit, 0 for
// unset. Gives -1, or bytes; 0 with `set` false when nothing is to be written.
struct SwapLimit {
  bool set = false;
  std::int64_t bytes = 0;
};
// EINVAL when swap is limited and memory is not, or to less than memory.
[[nodiscard]] Result<SwapLimit> swap_from_total(std::int64_t memory, std::int64_t total);

}  // namespace berth::cgroup
