#include "base/quantity.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Quantity, ReadsSizes) {
  EXPECT_EQ(*parse_size("512"), 512);
  EXPECT_EQ(*parse_size("1k"), 1024);
  EXPECT_EQ(*parse_size("2M"), 2 << 20);
  EXPECT_EQ(*parse_size("3Gb"), std::int64_t{3} << 30);
  EXPECT_EQ(*parse_size("1GiB"), 1 << 30);
  EXPECT_EQ(*parse_size("-1", true), -1);
  for (const char* bad :
       {"", "-1", "m", "1.5m", "1x", "1mm", "99999999999999999999", "9223372036854775807k", " 1"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(Quantity, ReadsDurations) {
  EXPECT_EQ(*parse_duration("5s"), 5'000'000'000);
  EXPECT_EQ(*parse_duration("1h30m"), 5'400'000'000'000);
  EXPECT_EQ(*parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(*parse_duration("100ms"), 100'000'000);
  for (const char* bad : {"", "5", "s", "5 s", "-1s", "5sec", "99999999999h"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

}  // namespace
}  // namespace berth
