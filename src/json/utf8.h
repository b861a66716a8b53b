// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::json {

// The length of the valid sequence at the start of `text`, which is not empty; 0 when there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
// Where `text` stops being UTF-8; its size when all of it is.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text) noexcept;

}  // namespace berth::json
