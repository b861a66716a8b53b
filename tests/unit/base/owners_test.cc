// UniqueFd and ScopeExit.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <type_traits>

#include "base/scope_exit.h"
#include "base/unique_fd.h"

namespace berth {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

UniqueFd open_null() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST(UniqueFd, ClosesWhatItOwnsOnce) {
  int number = -1;
  {
    UniqueFd fd = open_null();
    number = fd.get();
    EXPECT_TRUE(is_open(number));
    const UniqueFd other = std::move(fd);
    EXPECT_FALSE(fd.valid());  // NOLINT(bugprone-use-after-move): what a move leaves behind is the question
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, SurvivesBeingMovedToItself) {
  UniqueFd fd = open_null();
  UniqueFd& alias = fd;
  fd = std::move(alias);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(UniqueFd, ClosesTheOldOneWhenItTakesANewOne) {
  UniqueFd fd = open_null();
  const int old = fd.get();
  fd = open_null();
  EXPECT_NE(fd.get(), old);
  EXPECT_FALSE(is_open(old));
}

TEST(UniqueFd, GivesUpWhatItReleases) {
  UniqueFd fd = open_null();
  const UniqueFd owner(fd.release());
  EXPECT_FALSE(fd.valid());
  fd.reset();
  EXPECT_TRUE(is_open(owner.get()));
}

static_assert(!std::is_convertible_v<int, UniqueFd>);
static_assert(!std::is_convertible_v<UniqueFd, int>);
static_assert(!std::is_convertible_v<int, FdRef>);
static_assert(!std::is_copy_constructible_v<UniqueFd>);

TEST(ScopeExit, RunsAtTheEndOfItsScopeUnlessDismissed) {
  int runs = 0;
  {
    const ScopeExit always([&] { ++runs; });
    ScopeExit never([&] { runs += 100; });
    never.dismiss();
    EXPECT_EQ(runs, 0);
  }
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace berth
