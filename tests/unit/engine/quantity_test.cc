#include "engine/quantity.h"

#include <gtest/gtest.h>

#include <csignal>

namespace berth::engine {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Size, KnowsTheUnitsOfPodman) {
  EXPECT_EQ(*parse_size("512"), 512);
  EXPECT_EQ(*parse_size("512b"), 512);
  EXPECT_EQ(*parse_size("1k"), 1024);
  EXPECT_EQ(*parse_size("64M"), 64 << 20);
  EXPECT_EQ(*parse_size("2gb"), std::int64_t{2} << 30);
  EXPECT_EQ(*parse_size("1GiB"), std::int64_t{1} << 30);
}

TEST(Size, RefusesTheRest) {
  for (const char* text :
       {"", "m", "-1", "1x", "1mm", "1.5g", "99999999999999999999", "9223372036854775807k", " 1"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
  EXPECT_EQ(*parse_size("-1", true), -1);
}

TEST(Cpus, AreThousandths) {
  EXPECT_EQ(*parse_thousandths("1.5"), 1500);
  EXPECT_EQ(*parse_thousandths("2"), 2000);
  EXPECT_EQ(*parse_thousandths("0.0019"), 1);
  for (const char* text : {"", ".", "-1", "1.x", "many"}) EXPECT_FALSE(parse_thousandths(text)) << text;
}

TEST(Signal, HasManyNames) {
  for (const char* text : {"TERM", "SIGTERM", "term", "15"}) EXPECT_EQ(*parse_signal(text), SIGTERM) << text;
  EXPECT_EQ(*parse_signal("RTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(*parse_signal("SIGRTMAX-1"), SIGRTMAX - 1);
  for (const char* text : {"", "0", "65", "-9", "SIGNONSENSE", "RTMIN+99"})
    EXPECT_FALSE(parse_signal(text)) << text;
  EXPECT_EQ(signal_name(SIGHUP), "SIGHUP");
}

TEST(Duration, IsASumOfParts) {
  EXPECT_EQ(*parse_duration("1h30m"), 5400 * kSecond);
  EXPECT_EQ(*parse_duration("1.5s"), 3 * kSecond / 2);
  EXPECT_EQ(*parse_duration("250ms"), kSecond / 4);
  for (const char* text : {"", "h", "1", "1x", "1h 2m", "99999999999h"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Time, IsAPointOrAnAge) {
  const std::int64_t now = 1'000'000 * kSecond;
  EXPECT_EQ(*parse_time("10m", now), now - 600 * kSecond);
  EXPECT_EQ(*parse_time("5.25", now), 5 * kSecond + kSecond / 4);
  EXPECT_EQ(*parse_time("1970-01-01T00:00:10Z", now), 10 * kSecond);
  EXPECT_EQ(*parse_time("1970-01-02", now), 86400 * kSecond);
  EXPECT_FALSE(parse_time("yesterday", now));
}

TEST(Age, IsSaidAsPodmanSaysIt) {
  EXPECT_EQ(human_duration(kSecond / 2), "Less than a second");
  EXPECT_EQ(human_duration(5 * kSecond), "5 seconds");
  EXPECT_EQ(human_duration(90 * kSecond), "About a minute");
  EXPECT_EQ(human_duration(3600 * kSecond), "About an hour");
  EXPECT_EQ(human_duration(86400 * 5 * kSecond), "5 days");
}

}  // namespace
}  // namespace berth::engine
