#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace berth {
namespace {

using Strings = std::vector<std::string_view>;

TEST(Text, ConcatenatesPiecesOfEveryKind) {
  const std::string name = "web";
  EXPECT_EQ(concat("pid ", 42, ' ', name, ' ', true, ' ', std::string_view("x")), "pid 42 web true x");
  EXPECT_EQ(concat(std::numeric_limits<std::int64_t>::min(), ' ', std::numeric_limits<std::uint64_t>::max()),
            "-9223372036854775808 18446744073709551615");
  EXPECT_EQ(concat(static_cast<const char*>(nullptr)), "(null)");
  EXPECT_EQ(concat(), "");
}

TEST(Text, AppendsToWhatIsThere) {
  std::string out = "a";
  append(out, 'b', 1, "c");
  EXPECT_EQ(out, "ab1c");
}

TEST(Text, SplitsIntoEveryPieceAlsoEmptyOnes) {
  EXPECT_EQ(split("a,,b", ','), (Strings{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (Strings{""}));
  EXPECT_EQ(split(",", ','), (Strings{"", ""}));
}

TEST(Text, SplitsOnceAroundTheFirstSeparator) {
  EXPECT_EQ(split_once("k=v=w", '='), (std::pair<std::string_view, std::string_view>{"k", "v=w"}));
  EXPECT_EQ(split_once("=", '='), (std::pair<std::string_view, std::string_view>{"", ""}));
  EXPECT_FALSE(split_once("k", '='));
}

TEST(Text, TrimsAndJoins) {
  EXPECT_EQ(trim(" \ta b\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({"", ""}, "-"), "-");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Text, TakesOnlyWholeNumbersThatFit) {
  EXPECT_EQ(parse_number<int>("-7"), -7);
  EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_number<unsigned>("17", 8), 15U);
  for (const char* bad : {"", " 1", "1 ", "+1", "1x", "0x1", "256", "-1", "1.0"}) {
    EXPECT_FALSE(parse_number<std::uint8_t>(bad)) << bad;
  }
}

TEST(Text, EscapesControlCharactersAndLeavesUtf8) {
  EXPECT_EQ(escape_control(std::string_view("a\0\x1f\x7f\n", 5)), "a\\x00\\x1f\\x7f\\x0a");
  EXPECT_EQ(escape_control("Ärger …"), "Ärger …");
  EXPECT_EQ(to_hex("\x01\xfe"), "01fe");
}

}  // namespace
}  // namespace berth
