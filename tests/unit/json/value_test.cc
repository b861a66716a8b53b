#include "json/value.h"

#include <gtest/gtest.h>

#include <climits>

namespace berth::json {
namespace {

Document parse(std::string_view text) {
  return *Document::parse(text, "config.json");
}

TEST(JsonValue, NamesThePathOfAWrongType) {
  const auto document = parse(R"({"process": {"user": {"uid": "root"}}})");
  unsigned uid = 0;
  const auto user = document.root().find("process")->find("user");
  const auto result = read(*user, "uid", uid);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(),
            "config.json: process.user.uid: expected an integer from 0 to 4294967295, found \"root\"");
}

// More of them than RapidJSON looks at in one go, which is when it let them pass.
TEST(JsonValue, RefusesControlCharactersInAStringUnlessTheyAreEscaped) {
  for (const char c : {'\x01', '\x1a', '\x1f', '\n'}) {
    const std::string text = concat('"', std::string(40, c), '"');
    const auto document = Document::parse(text, "config.json");
    ASSERT_FALSE(document) << static_cast<int>(c);
    EXPECT_EQ(document.error().to_string(),
              "config.json: not valid JSON at line 1, column 2: a control character in a string");
  }
  std::string escaped;
  for (int i = 0; i < 40; ++i) escaped += "\\u001a";
  EXPECT_EQ(*parse(concat('"', escaped, '"')).root().as_string(), std::string(40, '\x1a'));
}

TEST(JsonValue, WritesWhatReadsBackAsTheSame) {
  const std::string text =
      R"({"a":[null,true,-1,18446744073709551615,0.5,"\"\\\n\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a\u001a"],"":{}})";
  EXPECT_EQ(parse(text).root().to_text(), text);
}

TEST(JsonValue, NamesTheElementOfAnArray) {
  const auto document = parse(R"({"args": ["sh", 7]})");
  std::vector<std::string> args;
  const auto result = read(document.root(), "args", args);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(), "config.json: args[1]: expected a string, found 7");
}

TEST(JsonValue, LeavesTheTargetAloneWhenAMemberIsAbsentOrNull) {
  const auto document = parse(R"({"hostname": null})");
  std::string hostname = "before";
  ASSERT_TRUE(read(document.root(), "hostname", hostname));
  ASSERT_TRUE(read(document.root(), "domainname", hostname));
  EXPECT_EQ(hostname, "before");
}

TEST(JsonValue, SaysWhatIsMissing) {
  const auto document = parse(R"({"root": {}})");
  std::string path;
  const auto result = read_required(*document.root().find("root"), "path", path);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(), "config.json: root.path: is required and missing");
}

TEST(JsonValue, RefusesNumbersThatDoNotFit) {
  const auto document = parse(R"({"a": -1, "b": 1.5, "c": 4294967296, "d": -9223372036854775808})");
  std::uint32_t small = 0;
  EXPECT_FALSE(read(document.root(), "a", small));
  EXPECT_FALSE(read(document.root(), "b", small));
  EXPECT_FALSE(read(document.root(), "c", small));
  std::int64_t large = 0;
  EXPECT_TRUE(read(document.root(), "d", large));
  EXPECT_EQ(large, LLONG_MIN);
}

TEST(JsonValue, TakesTheLastOfTwoEqualKeys) {
  const auto document = parse(R"({"k": 1, "k": 2})");
  int value = 0;
  ASSERT_TRUE(read(document.root(), "k", value));
  EXPECT_EQ(value, 2);
}

TEST(JsonValue, RefusesDeepNestingBadUtf8AndEmbeddedNul) {
  EXPECT_FALSE(Document::parse(std::string(100000, '['), "deep"));
  EXPECT_FALSE(Document::parse("\"\xff\"", "bad"));
  EXPECT_FALSE(Document::parse("", "empty"));
  const auto document = parse("{\"s\": \"a\\u0000b\"}");
  std::string text;
  EXPECT_FALSE(read(document.root(), "s", text));
}

TEST(JsonValue, SaysWhereTheTextIsNotTextAnyMore) {
  const auto message = [](std::string_view text) {
    const auto document = Document::parse(text, "d");
    return document ? std::string() : document.error().to_string();
  };
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(message("{}\0"sv), "d: not valid JSON at line 1, column 3: a NUL byte");
  EXPECT_EQ(message("[\n\"a\0b\"]"sv), "d: not valid JSON at line 2, column 3: a NUL byte");
  EXPECT_EQ(message("[\"0123456789\xc3\"]"), "d: not valid JSON at line 1, column 13: not UTF-8");
  EXPECT_EQ(message("\xef\xbb\xbf[\"\xc3\xa9\"]"), "");  // a byte order mark
}

TEST(JsonValue, TakesSurrogatePairsAndRefusesEitherHalfAlone) {
  EXPECT_EQ(parse("[\"\\ud83d\\ude00\"]").root().to_text(), "[\"\xf0\x9f\x98\x80\"]");
  EXPECT_TRUE(Document::parse("\"\\\\ude00 \\u00e9\"", "an escaped backslash"));
  EXPECT_FALSE(Document::parse("\"\\ud83d\"", "first half"));
  const auto second = Document::parse("\"\\ude00\"", "second half");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().to_string(),
            "second half: not valid JSON at line 1, column 2: half of a surrogate pair");
  EXPECT_FALSE(Document::parse("\"\\ud66d\\uDE00\"", "no pair"));
}

TEST(JsonValue, PointsAtTheLineOfASyntaxError) {
  const auto result = Document::parse("{\n  \"a\": ,\n}", "config.json");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().to_string().find("config.json: not valid JSON at line 2"), std::string::npos);
}

}  // namespace
}  // namespace berth::json
