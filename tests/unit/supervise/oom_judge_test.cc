#include "supervise/oom_judge.h"

#include <gtest/gtest.h>

namespace berth::supervise {
namespace {

constexpr OomJudge::Count kGone;

class OomJudgeTest : public testing::Test {
 protected:
  OomJudge::Count machine = 100;
  OomJudge judge{3, [this] { return machine; }};
};

TEST_F(OomJudgeTest, EachKillIsNewsOnce) {
  EXPECT_FALSE(judge.changed(3));  // those of a former container
  EXPECT_TRUE(judge.changed(4));
  EXPECT_FALSE(judge.changed(4));
  EXPECT_TRUE(judge.ended(6, true));
}

TEST_F(OomJudgeTest, AKillIsSeenAtTheEndAlsoWhenItWasNotReported) {
  EXPECT_TRUE(judge.ended(4, false));
}

TEST_F(OomJudgeTest, AReportThatNobodyCouldReadIsAKillOfAPayloadThatWasKilled) {
  EXPECT_FALSE(judge.changed(kGone));
  EXPECT_FALSE(judge.ended(kGone, false));
  EXPECT_TRUE(judge.ended(kGone, true));
}

TEST_F(OomJudgeTest, AReportThatTheKernelForgotIsInTheCountOfTheMachine) {
  EXPECT_FALSE(judge.changed(3));  // the limit was reached
  machine = 101;
  EXPECT_FALSE(judge.ended(kGone, false));
  EXPECT_TRUE(judge.ended(kGone, true));
}

TEST_F(OomJudgeTest, AKillElsewhereIsNoneHere) {
  machine = 101;
  EXPECT_FALSE(judge.ended(kGone, true));  // nothing was ever reported here
  EXPECT_FALSE(judge.changed(3));
  EXPECT_FALSE(judge.ended(kGone, true));  // it was before
}

TEST_F(OomJudgeTest, WithoutTheCountOfTheMachineNothingIsClaimed) {
  machine.reset();
  EXPECT_FALSE(judge.changed(3));
  machine = 101;
  EXPECT_FALSE(judge.ended(kGone, true));
}

}  // namespace
}  // namespace berth::supervise
