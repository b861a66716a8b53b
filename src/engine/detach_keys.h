// The keys that leave an attached container: "ctrl-p,ctrl-q".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::engine {

inline constexpr std::string_view kDefaultDetachKeys = "ctrl-p,ctrl-q";

// "ctrl-p,ctrl-q" or single characters -> the bytes that a terminal sends for them. Empty text: no such keys.
[[nodiscard]] Result<std::string> parse_detach_keys(std::string_view text);

// Looks for the sequence in what is typed, also when it comes in pieces.
class DetachFilter {
 public:
  explicit DetachFilter(std::string keys) : keys_(std::move(keys)) {}
  // What of `input` the container gets; keys that may be the beginning of the sequence are held back.
  [[nodiscard]] std::string pass(std::string_view input);
  [[nodiscard]] bool detached() const noexcept { return !keys_.empty() && matched_ == keys_.size(); }

 private:
  std::string keys_;
  std::size_t matched_ = 0;
};

}  // namespace berth::engine
