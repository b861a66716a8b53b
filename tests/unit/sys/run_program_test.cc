#include <gtest/gtest.h>

#include "sys/child.h"

namespace berth::sys {
namespace {

TEST(RunProgram, CapturesBothStreamsAndTheExitCode) {
  auto run = run_program({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}});
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(run->output, "out\n");
  EXPECT_EQ(run->errors, "err\n");
  EXPECT_EQ(run->status.code(), 7);
}

TEST(RunProgram, FeedsAnInputThatIsLargerThanThePipesWithoutADeadlock) {
  const std::string input(1U << 20U, 'x');
  auto run = run_program({.argv = {"cat"}}, input);
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(run->output, input);
}

TEST(RunProgram, SurvivesAProgramThatDoesNotReadItsInput) {
  const std::string input(1U << 20U, 'x');
  auto run = run_program({.argv = {"true"}}, input);
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(run->status.code(), 0);
}

TEST(RunProgram, ReportsTheSignalThatEndedTheProgram) {
  auto run = run_program({.argv = {"sh", "-c", "kill -KILL $$"}});
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(run->status.signal, SIGKILL);
  EXPECT_EQ(run->status.code(), 128 + SIGKILL);
}

TEST(RunProgram, KillsWhatDoesNotEndInTime) {
  auto run = run_program({.argv = {"sleep", "1000"}}, {}, 50);
  ASSERT_FALSE(run);
  EXPECT_TRUE(run.error().is(ETIMEDOUT)) << run.error().to_string();
}

TEST(RunProgram, NamesAProgramThatIsNotThere) {
  auto run = run_program({.argv = {"/nowhere/program"}});
  ASSERT_FALSE(run);
  EXPECT_TRUE(run.error().is(ENOENT));
  EXPECT_EQ(run.error().to_string(), "execute /nowhere/program: No such file or directory");
}

}  // namespace
}  // namespace berth::sys
