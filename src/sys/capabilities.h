// The capability sets of the calling thread: capset(2), prctl(2) PR_CAPBSET_DROP and PR_CAP_AMBIENT.
//
// Sets are bit masks, bit N for the capability with the number N. Nothing allocates; false comes with errno.
#pragma once

#include <cstdint>

namespace berth::sys {

// Drops from the bounding set all that is not in `keep`. Capabilities that this kernel does not know are skipped.
[[nodiscard]] bool limit_bounding_set(std::uint64_t keep) noexcept;
[[nodiscard]] bool set_capabilities(std::uint64_t permitted, std::uint64_t effective,
                                    std::uint64_t inheritable) noexcept;
// Replaces the ambient set. EPERM when one is not both permitted and inheritable.
[[nodiscard]] bool set_ambient_set(std::uint64_t ambient) noexcept;

}  // namespace berth::sys
