#include "engine/detach_keys.h"

#include "base/text.h"

namespace berth::engine {

Result<std::string> parse_detach_keys(std::string_view text) {
  std::string keys;
  if (text.empty()) return keys;
  for (const std::string_view key : split(text, ',')) {
    const bool control = key.size() == 6 && key.starts_with("ctrl-");
    const char letter = key.empty() ? '\0' : key.back();
    if (key.size() == 1) {
      keys.push_back(letter);
    } else if (control && ((letter >= 'a' && letter <= 'z') || (letter >= '@' && letter <= '_'))) {
      keys.push_back(static_cast<char>(letter & 0x1f));
    } else {
      return Error::message(
          concat("--detach-keys: expected a character or ctrl-<letter>, found \"", key, "\""), EINVAL);
    }
  }
  return keys;
}

std::string DetachFilter::pass(std::string_view input) {
  std::string out;
  for (const char c : input) {
    if (detached()) break;
    if (!keys_.empty() && c == keys_[matched_]) {
      ++matched_;
      continue;
    }
    // What was held back was no detach sequence after all; `c` may begin a new one.
    out.append(keys_, 0, matched_);
    matched_ = !keys_.empty() && c == keys_[0] ? 1 : 0;
    if (matched_ == 0) out.push_back(c);
  }
  return out;
}

}  // namespace berth::engine
