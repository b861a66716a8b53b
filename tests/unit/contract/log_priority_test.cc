#include "contract/log_priority.h"

#include <gtest/gtest.h>

namespace berth::contract {
namespace {

TEST(LogPriority, IsANumberOrAName) {
  EXPECT_EQ(*parse_log_priority("--log-stdout-priority", "0"), 0);
  EXPECT_EQ(*parse_log_priority("--log-stdout-priority", "7"), 7);
  EXPECT_EQ(*parse_log_priority("--log-stdout-priority", "emerg"), 0);
  EXPECT_EQ(*parse_log_priority("--log-stdout-priority", "warning"), 4);
  EXPECT_EQ(*parse_log_priority("--log-stdout-priority", "debug"), 7);
}

TEST(LogPriority, RefusesWhatIsNeither) {
  for (const char* text : {"", "8", "-1", "Info", "info ", "error", "6.0"}) {
    const auto priority = parse_log_priority("--log-stderr-priority", text);
    ASSERT_FALSE(priority) << text;
    EXPECT_EQ(priority.error().code(), EINVAL);
    EXPECT_NE(priority.error().to_string().find("--log-stderr-priority: expected a number from 0 to 7"),
              std::string::npos)
        << priority.error().to_string();
  }
}

}  // namespace
}  // namespace berth::contract
