#include "sys/process_stat.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace berth::sys {
namespace {

TEST(ProcessStat, IsNotFooledByTheNameOfTheCommand) {
  const auto stat =
      parse_process_stat("7 (x) R 1 ) (y)) S 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 777 23\n");
  ASSERT_TRUE(stat) << stat.error().to_string();
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 3);
  EXPECT_EQ(stat->start_time, 777U);
}

TEST(ProcessStat, ReadsOurOwn) {
  const auto stat = read_process_stat(::getpid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->parent, ::getppid());
  EXPECT_GT(stat->start_time, 0U);
}

TEST(ProcessStat, RefusesWhatIsTooShort) {
  for (const char* text : {"", "7", "7 (x)", "7 (x) S", "7 (x) S 1 2 3"})
    EXPECT_FALSE(parse_process_stat(text)) << text;
}

}  // namespace
}  // namespace berth::sys
