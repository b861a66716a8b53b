// `kill`: a signal for the init of a container, or for everything in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::runtime {

// "SIGTERM", "TERM", "term" or "15"; real-time ones as RTMIN+3 and RTMAX-1.
[[nodiscard]] std::optional<int> parse_signal(std::string_view text);

Result<void> kill(const std::string& root, const std::string& id, int signal, bool all);

}  // namespace berth::runtime
