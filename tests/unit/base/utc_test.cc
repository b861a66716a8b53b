#include "base/utc.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(UtcText, PadsEveryField) {
  EXPECT_EQ(utc_text({.tv_sec = 0, .tv_nsec = 7}), "1970-01-01T00:00:00.000000007Z");
}

TEST(UtcText, KnowsLeapDays) {
  EXPECT_EQ(utc_text({.tv_sec = 1709208000, .tv_nsec = 0}), "2024-02-29T12:00:00.000000000Z");
  EXPECT_EQ(utc_text({.tv_sec = 4107542399, .tv_nsec = 999999999}), "2100-02-28T23:59:59.999999999Z");
  EXPECT_EQ(utc_text({.tv_sec = 4107542400, .tv_nsec = 0}), "2100-03-01T00:00:00.000000000Z");
}

TEST(UtcText, TakesMomentsBeforeTheEpoch) {
  EXPECT_EQ(utc_text({.tv_sec = -1, .tv_nsec = 0}), "1969-12-31T23:59:59.000000000Z");
}

}  // namespace
}  // namespace berth
