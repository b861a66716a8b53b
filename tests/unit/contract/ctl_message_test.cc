#include "contract/ctl_message.h"

#include <gtest/gtest.h>

namespace berth::contract {
namespace {

TEST(CtlMessage, ResizesAndReopens) {
  const auto resize = parse_ctl_message("1 24 80\n");
  ASSERT_TRUE(resize);
  EXPECT_EQ(resize->type, CtlType::resize);
  EXPECT_EQ(resize->rows, 24);
  EXPECT_EQ(resize->columns, 80);
  EXPECT_EQ(parse_ctl_message("2 0 0")->type, CtlType::reopen_logs);
  EXPECT_EQ(to_line(*resize), "1 24 80\n");
}

TEST(CtlMessage, SaysThatTheContainerIsUp) {
  EXPECT_EQ(parse_ctl_message("16 0 0\n")->type, CtlType::ready);
  EXPECT_EQ(to_line({.type = CtlType::ready}), "16 0 0\n");
}

TEST(CtlMessage, RefusesGarbage) {
  for (const char* line :
       {"", "1", "1 2", "3 1 1", "1 -1 80", "1 24 1001", "1 24 80 1", "a b c", "1  24 80"}) {
    EXPECT_FALSE(parse_ctl_message(line)) << line;
  }
}

TEST(CtlMessage, TheWinszFifoHasNoType) {
  EXPECT_EQ(parse_winsz_message("24 80\n")->columns, 80);
  EXPECT_FALSE(parse_winsz_message("1 24 80"));
}

}  // namespace
}  // namespace berth::contract
