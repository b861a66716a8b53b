// Sizes, decimals and durations as people write them. Strict: what is not understood is an error that says what was
// expected. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace berth {

// Digits with an optional fraction, as a whole number of 1/scale. The fraction is cut, not rounded.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text, std::int64_t scale);
// "512m" -> bytes. Units b, k, m, g, t (powers of 1024), in any case, optionally followed by "b" or "ib"; none: bytes.
// "-1" is -1 where `unlimited` allows it.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text, bool unlimited = false);
// "1h30m10s", "500ms" -> nanoseconds.
[[nodiscard]] Result<std::int64_t> parse_duration(std::string_view text);

}  // namespace berth
