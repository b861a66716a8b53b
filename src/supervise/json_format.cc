#include "supervise/json_format.h"

#include <algorithm>

#include "base/text.h"

namespace berth::supervise {

namespace {

// Of the UTF-8 sequence that `lead` begins (RFC 3629).
std::size_t sequence_length(unsigned char lead) noexcept {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

}  // namespace

EntryFrames JsonFormat::frames(std::string_view time, contract::LogStream stream) {
  const std::string rest = concat("\",\"stream\":\"", to_text(stream), "\",\"time\":\"", time, "\"}\n");
  constexpr std::string_view kHead = "{\"log\":\"";
  return {.full = {.head = std::string(kHead), .tail = concat("\\n", rest)},
          .partial = {.head = std::string(kHead), .tail = rest}};
}

std::size_t JsonFormat::incomplete(std::string_view text) noexcept {
  for (std::size_t count = 1; count <= std::min<std::size_t>(text.size(), 3); ++count) {
    const auto byte = static_cast<unsigned char>(text[text.size() - count]);
    if (byte >= 0x80 && byte < 0xc0) continue;  // a continuation
    return sequence_length(byte) > count ? count : 0;
  }
  return 0;
}

}  // namespace berth::supervise
