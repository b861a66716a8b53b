#include "supervise/log_clock.h"

#include <gtest/gtest.h>

#include "contract/log_line.h"

namespace berth::supervise {
namespace {

TEST(LogClock, SaysWhatTheContractSaysAlsoWithinASecond) {
  LogClock clock(true);
  for (const std::int64_t time :
       {std::int64_t{5'000'000'000}, std::int64_t{5'000'000'001}, std::int64_t{5'999'999'999},
        std::int64_t{6'000'000'000}, std::int64_t{5'123'456'789}}) {
    EXPECT_EQ(clock.format(time), contract::format_log_time(time, true));
  }
}

}  // namespace
}  // namespace berth::supervise
