#include "contract/log_priority.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace berth::contract {

namespace {

constexpr std::array<std::string_view, 8> kNames = {"emerg",   "alert",  "crit", "err",
                                                    "warning", "notice", "info", "debug"};

}  // namespace

Result<int> parse_log_priority(std::string_view flag, std::string_view text) {
  const auto number = parse_number<unsigned>(text);
  if (number && *number < kNames.size()) return static_cast<int>(*number);
  const auto* const name = std::find(kNames.begin(), kNames.end(), text);
  if (name != kNames.end()) return static_cast<int>(name - kNames.begin());
  return Error::invalid(flag, concat("expected a number from 0 to 7 or one of ",
                                     join({kNames.begin(), kNames.end()}, ", "), ", found \"", text, '"'));
}

}  // namespace berth::contract
