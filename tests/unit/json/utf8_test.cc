#include "json/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::json {
namespace {

TEST(Utf8, FindsTheEndOfWhatIsValidWhereverItStands) {
  const std::string good = "0123456\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80";
  EXPECT_EQ(valid_utf8_prefix(""), 0U);
  for (std::size_t lead = 0; lead < 20; ++lead) {
    const std::string text = std::string(lead, 'x') + good;
    EXPECT_EQ(valid_utf8_prefix(text), text.size());
    EXPECT_EQ(valid_utf8_prefix(text + "\xff" + good), text.size());
    EXPECT_EQ(valid_utf8_prefix(text + "\xe2\x82"), text.size());
  }
}

TEST(Utf8, HasNoOverlongFormsNoSurrogatesAndNothingBeyondUnicode) {
  for (const char* bad : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
    EXPECT_EQ(utf8_length(bad), 0U);
}

}  // namespace
}  // namespace berth::json
