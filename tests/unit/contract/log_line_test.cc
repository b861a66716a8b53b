#include "contract/log_line.h"

#include <gtest/gtest.h>

namespace berth::contract {
namespace {

TEST(LogTime, IsRfc3339WithNineDigits) {
  EXPECT_EQ(format_log_time(1'000'000'005, true), "1970-01-01T00:00:01.000000005Z");
  EXPECT_EQ(format_log_time(-1, true), "1969-12-31T23:59:59.999999999Z");
}

TEST(LogTime, LocalTimeCarriesItsOffset) {
  ::setenv("TZ", "UTC-5:30", 1);
  ::tzset();
  EXPECT_EQ(format_log_time(0, false), "1970-01-01T05:30:00.000000000+05:30");
  ::unsetenv("TZ");
  ::tzset();
}

TEST(LogTime, ComesBackAsItWas) {
  for (const std::int64_t time :
       {std::int64_t{0}, std::int64_t{1'795'287'827'123'456'789}, std::int64_t{-5}}) {
    EXPECT_EQ(*parse_log_time(format_log_time(time, true)), time);
    EXPECT_EQ(*parse_log_time(format_log_time(time, false)), time);
  }
  EXPECT_EQ(*parse_log_time("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(*parse_log_time("1970-01-01T00:00:00.5Z"), 500'000'000);
}

TEST(LogTime, RefusesWhatIsNoTime) {
  for (const char* text : {"", "now", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00",
                           "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00Zx", "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_log_time(text)) << text;
  }
}

TEST(K8sLine, IsWrittenAndParsed) {
  std::string out;
  append_k8s_line(out, "1970-01-01T00:00:00.000000001+00:00", LogStream::err, true, "a b");
  EXPECT_EQ(out, "1970-01-01T00:00:00.000000001+00:00 stderr P a b\n");
  const auto line = parse_k8s_line(out);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->time_ns, 1);
  EXPECT_EQ(line->stream, LogStream::err);
  EXPECT_TRUE(line->partial);
  EXPECT_EQ(line->text, "a b");
}

TEST(K8sLine, MayBeEmpty) {
  EXPECT_EQ(parse_k8s_line("1970-01-01T00:00:00Z stdout F \n")->text, "");
  EXPECT_EQ(parse_k8s_line("1970-01-01T00:00:00Z stdout F")->text, "");
  EXPECT_EQ(parse_k8s_line("1970-01-01T00:00:00Z stdout F:x tagged")->text, "tagged");
}

TEST(K8sLine, NamesWhatWasExpected) {
  const auto line = parse_k8s_line("1970-01-01T00:00:00Z stdin F x");
  ASSERT_FALSE(line);
  EXPECT_NE(line.error().to_string().find("expected stdout or stderr"), std::string::npos);
  EXPECT_FALSE(parse_k8s_line("1970-01-01T00:00:00Z stdout X x"));
  EXPECT_FALSE(parse_k8s_line("garbage"));
  EXPECT_FALSE(parse_k8s_line(""));
}

TEST(JsonLine, IsWrittenAndParsed) {
  std::string out;
  append_json_line(out, "1970-01-01T00:00:00Z", LogStream::out, false, "say \"hi\"");
  EXPECT_EQ(out, R"({"log":"say \"hi\"\n","stream":"stdout","time":"1970-01-01T00:00:00Z"})"
                 "\n");
  const auto line = parse_json_line(out);
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->partial);
  EXPECT_EQ(line->text, "say \"hi\"");
}

TEST(JsonLine, HoldsEveryCharacter) {
  const std::string text("a\0b\x1b\r\"\\", 7);
  std::string out;
  append_json_line(out, "1970-01-01T00:00:00Z", LogStream::out, false, text);
  const auto line = parse_json_line(out);
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_EQ(line->text, text);
}

TEST(JsonLine, WithoutItsNewlineIsPartial) {
  std::string out;
  append_json_line(out, "1970-01-01T00:00:00Z", LogStream::err, true, "x\xff");
  const auto line = parse_json_line(out);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->partial);
  EXPECT_EQ(line->text, "x\xef\xbf\xbd");
  EXPECT_FALSE(parse_json_line("{}"));
  EXPECT_FALSE(parse_json_line("{\"log\":\"x\",\"time\":\"later\"}"));
}

}  // namespace
}  // namespace berth::contract
