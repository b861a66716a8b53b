#include "supervise/json_escape.h"

#include <gtest/gtest.h>

#include <vector>

#include "json/writer.h"

namespace berth::supervise {
namespace {

std::string escaped(std::string_view text) {
  std::vector<char> room(text.size() * 6 + 1);
  char* end = escape_json(room.data(), text);
  EXPECT_LE(end, room.data() + text.size() * 6);
  return std::string(room.data(), end);
}

std::string slowly(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out.substr(1, out.size() - 2);
}

TEST(JsonEscape, IsWhatTheWriterWouldWriteForEveryByteAtEveryOffset) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t offset = 0; offset < 20; ++offset) {
      std::string text(20, 'a');
      text[offset] = static_cast<char>(byte);
      EXPECT_EQ(escaped(text), slowly(text)) << byte << " at " << offset;
    }
  }
}

TEST(JsonEscape, KeepsUtf8AndReplacesWhatIsNot) {
  for (const std::string_view text :
       {"", "ä€😀 plain text of some length ä", "\xff\xfe bytes", "cut off \xe2\x82"}) {
    EXPECT_EQ(escaped(text), slowly(text));
  }
}

}  // namespace
}  // namespace berth::supervise
