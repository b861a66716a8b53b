#include "base/error.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/result.h"

namespace berth {
namespace {

TEST(Error, SaysOperationObjectAndReasonInOneLine) {
  errno = EPERM;
  EXPECT_EQ(Error::sys("mount", "/proc").to_string(), "mount /proc: Operation not permitted");
  EXPECT_EQ(Error::with_errno(ENOENT, "fork").to_string(), "fork: No such file or directory");
  EXPECT_EQ(Error::invalid("config.json", "expected an object").to_string(),
            "config.json: expected an object");
  EXPECT_EQ(Error::message("no such container").to_string(), "no such container");
}

TEST(Error, KeepsItsCodesThroughContext) {
  const Error error =
      Error::with_errno(EBUSY, "rmdir", "/x").with_exit_code(126).context("delete", "web").context("rm");
  EXPECT_EQ(error.to_string(), "rm: delete web: rmdir /x: Device or resource busy");
  EXPECT_TRUE(error.is(EBUSY));
  EXPECT_EQ(error.exit_code(), 126);
}

TEST(Error, CannotBeMadeToWriteASecondLine) {
  EXPECT_EQ(Error::invalid("a\nb", "\x1b[2J").to_string(), "a\\x0ab: \\x1b[2J");
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error::invalid("number", "expected an even number", EDOM);
  return number / 2;
}

Result<int> quarter(int number) {
  TRY_ASSIGN(const int once, half(number));
  TRY(half(once).context("halve again"));
  return half(once);
}

TEST(Result, HandsTheErrorToTheCallerWithItsContext) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(7).error().to_string(), "number: expected an even number");
  EXPECT_EQ(quarter(6).error().to_string(), "halve again: number: expected an even number");
  EXPECT_TRUE(quarter(6).error().is(EDOM));
}

TEST(Result, FallsBackOnlyOnAnError) {
  EXPECT_EQ(half(4).value_or(9), 2);
  EXPECT_EQ(half(3).value_or(9), 9);
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

}  // namespace
}  // namespace berth
