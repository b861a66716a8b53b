#include "supervise/oom_judge.h"

#include <gtest/gtest.h>

namespace berth::supervise {
namespace {

constexpr OomJudge::Count kGone;

class OomJudgeTest : public testing::Test {
 protected:
  bool changed(OomJudge::Count kills) {
    cgroup = kills;
    return judge.changed();
  }
  bool ended(OomJudge::Count kills, bool payload_was_killed) {
    cgroup = kills;
    return judge.ended(payload_was_killed);
  }

  OomJudge::Count cgroup = 3;
  OomJudge::Count machine = 100;
  std::uint64_t killed_meanwhile = 0;  // on the machine, while the cgroup's count is read
  OomJudge judge{3,
                 [this] {
                   if (machine) *machine += killed_meanwhile;
                   return cgroup;
                 },
                 [this] { return machine; }};
};

TEST_F(OomJudgeTest, EachKillIsNewsOnce) {
  EXPECT_FALSE(changed(3));  // those of a former container
  EXPECT_TRUE(changed(4));
  EXPECT_FALSE(changed(4));
  EXPECT_TRUE(ended(6, true));
}

TEST_F(OomJudgeTest, AKillIsSeenAtTheEndAlsoWhenItWasNotReported) {
  EXPECT_TRUE(ended(4, false));
}

TEST_F(OomJudgeTest, AReportThatNobodyCouldReadIsAKillOfAPayloadThatWasKilled) {
  EXPECT_FALSE(changed(kGone));
  EXPECT_FALSE(ended(kGone, false));
  EXPECT_TRUE(ended(kGone, true));
}

TEST_F(OomJudgeTest, AReportThatTheKernelForgotIsInTheCountOfTheMachine) {
  EXPECT_FALSE(changed(3));  // the limit was reached
  machine = 101;
  EXPECT_FALSE(ended(kGone, false));
  EXPECT_TRUE(ended(kGone, true));
}

TEST_F(OomJudgeTest, AKillJustBehindTheReadingOfAChangeIsNotMissed) {
  killed_meanwhile = 1;
  EXPECT_FALSE(changed(3));
  killed_meanwhile = 0;
  EXPECT_TRUE(ended(kGone, true));
}

TEST_F(OomJudgeTest, AKillElsewhereIsNoneHere) {
  machine = 101;
  EXPECT_FALSE(ended(kGone, true));  // nothing was ever reported here
  EXPECT_FALSE(changed(3));
  EXPECT_FALSE(ended(kGone, true));  // it was before
}

TEST_F(OomJudgeTest, WithoutTheCountOfTheMachineNothingIsClaimed) {
  machine.reset();
  EXPECT_FALSE(changed(3));
  machine = 101;
  EXPECT_FALSE(ended(kGone, true));
}

}  // namespace
}  // namespace berth::supervise
