// Text as the inside of a JSON string, fast where it is plain ASCII.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::supervise {

// The most bytes that one becomes: \u0001.
inline constexpr std::size_t kJsonEscapeGrowth = 6;

// Writes to `out`, which has room for kJsonEscapeGrowth bytes a byte; returns the end. As json::append_string: bytes
// that are not UTF-8 become U+FFFD.
char* escape_json(char* out, std::string_view text) noexcept;

}  // namespace berth::supervise
