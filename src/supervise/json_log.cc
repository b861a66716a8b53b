#include "supervise/json_log.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstring>

#include "base/text.h"
#include "json/writer.h"

namespace berth::supervise {

namespace {

constexpr std::string_view kOpen = "{\"log\":\"";

// Copies plain text (printable ASCII without quote and backslash) a block at a time, and stops at a block that is not.
// Both pointers move on.
#ifdef __SSE2__
void copy_plain(char*& out, std::string_view& text) noexcept {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i del = _mm_set1_epi8(0x7f);
  const __m128i blank = _mm_set1_epi8(0x20);
  for (; text.size() >= sizeof(__m128i); text.remove_prefix(sizeof(__m128i)), out += sizeof(__m128i)) {
    __m128i block;
    std::memcpy(&block, text.data(), sizeof block);
    // Signed: bytes from 0x80 up are below the blank, too.
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmplt_epi8(block, blank), _mm_cmpeq_epi8(block, del)),
                     _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
    if (_mm_movemask_epi8(special) != 0) return;
    std::memcpy(out, &block, sizeof block);
  }
}
#else
void copy_plain(char*& out, std::string_view& text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t w) { return (w - kOnes) & ~w & kHigh; };
  for (std::uint64_t word = 0; text.size() >= sizeof word;
       text.remove_prefix(sizeof word), out += sizeof word) {
    std::memcpy(&word, text.data(), sizeof word);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHigh;
    if ((control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) |
         has_zero(word ^ (kOnes * 0x7f)) | (word & kHigh)) != 0)
      return;
    std::memcpy(out, &word, sizeof word);
  }
}
#endif

bool plain(char c) noexcept {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// The slow way, for the bytes up to the next plain one.
char* escape_run(char* out, std::string_view text) {
  std::string quoted;
  json::append_string(quoted, text);
  std::memcpy(out, quoted.data() + 1, quoted.size() - 2);
  return out + quoted.size() - 2;
}

}  // namespace

char* escape_json(char* out, std::string_view text) noexcept {
  while (!text.empty()) {
    copy_plain(out, text);
    std::size_t run = 0;
    for (; !text.empty() && plain(text.front()); text.remove_prefix(1)) *out++ = text.front();
    while (run < text.size() && !plain(text[run])) ++run;
    if (run > 0) out = escape_run(out, text.substr(0, run));
    text.remove_prefix(run);
  }
  return out;
}

void JsonLog::write(const OutputChunk& chunk) {
  if (file_.loss().any()) report_loss(chunk.time_ns);
  const std::string suffix = concat("\",\"stream\":\"", contract::to_text(chunk.stream), "\",\"time\":\"",
                                    clock_.format(chunk.time_ns), "\"}\n");
  std::string_view rest = chunk.data;
  while (!rest.empty()) {
    const auto* newline = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    if (newline == nullptr) break;
    const auto length = static_cast<std::size_t>(newline - rest.data());
    entry(suffix, false, rest.substr(0, length));
    rest.remove_prefix(length + 1);
  }
  if (!rest.empty()) entry(suffix, true, rest);
  file_.flush();
}

void JsonLog::entry(std::string_view suffix, bool partial, std::string_view text) {
  for (; text.size() > kMaxEntryText; text.remove_prefix(kMaxEntryText))
    put(suffix, true, text.substr(0, kMaxEntryText));
  put(suffix, partial, text);
}

void JsonLog::put(std::string_view suffix, bool partial, std::string_view text) {
  // The bound first; most entries need an eighth of it.
  constexpr std::size_t kWorst = 6;
  char* at = file_.reserve(kOpen.size() + text.size() * kWorst + 2 + suffix.size());
  if (at == nullptr) return;
  std::memcpy(at, kOpen.data(), kOpen.size());
  at = escape_json(at + kOpen.size(), text);
  if (!partial) {
    *at++ = '\\';
    *at++ = 'n';
  }
  std::memcpy(at, suffix.data(), suffix.size());
  file_.put(at + suffix.size());
}

void JsonLog::report_loss(std::int64_t time_ns) {
  const LossCount loss = file_.settle();
  const std::string suffix = concat("\",\"stream\":\"stderr\",\"time\":\"", clock_.format(time_ns), "\"}\n");
  entry(suffix, false, concat("[berth-monitor: ", loss.to_string(), ']'));
  file_.flush();
  file_.unsettled(loss);
}

void JsonLog::finish() {
  if (file_.loss().any()) report_loss(LogClock::now());
}

}  // namespace berth::supervise
