// Ids and names of containers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::engine {

inline constexpr std::size_t kShortId = 12;  // digits that lists show

// 64 hexadecimal digits from the kernel's random source.
[[nodiscard]] Result<std::string> random_id();
// "brisk_harbour": for a container that was given no name.
[[nodiscard]] Result<std::string> random_name();
// [a-zA-Z0-9][a-zA-Z0-9_.-]*, podman's rule. EINVAL says so.
[[nodiscard]] Result<void> check_name(std::string_view name);

}  // namespace berth::engine
