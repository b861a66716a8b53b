// json-file: Docker's log format (contract/log_line.h). Times are UTC, the text is UTF-8.
#pragma once

#include <string_view>

#include "supervise/entry_frame.h"
#include "supervise/json_escape.h"

namespace berth::supervise {

struct JsonFormat {
  static constexpr bool kUtc = true;
  static constexpr bool kEscapes = true;
  static constexpr std::size_t kGrowth = kJsonEscapeGrowth;

  [[nodiscard]] static EntryFrames frames(std::string_view time, contract::LogStream stream);
  // How many bytes at the end are the beginning of a character, so that it is not cut in two.
  [[nodiscard]] static std::size_t incomplete(std::string_view text) noexcept;
  static char* encode(char* out, std::string_view text) noexcept { return escape_json(out, text); }
};

}  // namespace berth::supervise
