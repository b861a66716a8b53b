// k8s-file: the CRI log format (contract/log_line.h), in the host's time zone. Any byte may stand in the text.
#pragma once

#include <cstring>
#include <string_view>

#include "supervise/entry_frame.h"

namespace berth::supervise {

struct K8sFormat {
  static constexpr bool kUtc = false;
  static constexpr bool kEscapes = false;  // the text stands in the entry as it is
  static constexpr std::size_t kGrowth = 1;

  [[nodiscard]] static EntryFrames frames(std::string_view time, contract::LogStream stream);
  [[nodiscard]] static constexpr std::size_t incomplete(std::string_view) noexcept { return 0; }
  static char* encode(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }
};

}  // namespace berth::supervise
