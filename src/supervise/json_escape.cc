#include "supervise/json_escape.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "json/writer.h"

namespace berth::supervise {

namespace {

bool plain(char c) noexcept {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// Blocks of text: each copies one and says with a bit a byte (SSE2) or a bit in each byte which bytes are not plain.
#ifdef __SSE2__

// Bytes below the blank, DEL and all from 0x80 up are, as signed numbers and one up, below '!'.
unsigned copy_16(char* out, const char* text) noexcept {
  __m128i block;
  std::memcpy(&block, text, sizeof block);
  std::memcpy(out, &block, sizeof block);
  const __m128i control = _mm_cmplt_epi8(_mm_add_epi8(block, _mm_set1_epi8(1)), _mm_set1_epi8('!'));
  const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

constexpr std::size_t kBlock = 32;
std::size_t copy_block(char* out, const char* text) noexcept {
  const unsigned special = copy_16(out, text) | copy_16(out + kBlock / 2, text + kBlock / 2) << 16U;
  return special == 0 ? kBlock : static_cast<std::size_t>(std::countr_zero(special));
}

#else

constexpr std::size_t kBlock = sizeof(std::uint64_t);
std::size_t copy_block(char* out, const char* text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t w) { return (w - kOnes) & ~w & kHigh; };
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  std::memcpy(out, text, sizeof word);
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHigh;
  const std::uint64_t special = control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) |
                                has_zero(word ^ (kOnes * 0x7f)) | (word & kHigh);
  if (special == 0) return kBlock;
  // A borrow may mark a plain byte behind a special one; so the bytes are looked at one by one.
  std::size_t count = 0;
  while (plain(text[count])) ++count;
  return count;
}

#endif

// Copies the plain bytes that `text` begins with; returns how many.
std::size_t copy_plain(char* out, std::string_view text) noexcept {
  std::size_t done = 0;
  while (text.size() - done >= kBlock) {
    const std::size_t count = copy_block(out + done, text.data() + done);
    done += count;
    if (count < kBlock) return done;
  }
  for (; done < text.size() && plain(text[done]); ++done) out[done] = text[done];
  return done;
}

// The slow way, for the bytes up to the next plain one; returns how many.
std::size_t escape_run(char*& out, std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && !plain(text[size])) ++size;
  std::string quoted;
  json::append_string(quoted, text.substr(0, size));
  std::memcpy(out, quoted.data() + 1, quoted.size() - 2);
  out += quoted.size() - 2;
  return size;
}

}  // namespace

char* escape_json(char* out, std::string_view text) noexcept {
  while (true) {
    const std::size_t count = copy_plain(out, text);
    out += count;
    text.remove_prefix(count);
    if (text.empty()) return out;
    text.remove_prefix(escape_run(out, text));
  }
}

}  // namespace berth::supervise
