#include <gtest/gtest.h>

#include <csignal>

#include "runtime/exec.h"
#include "runtime/kill.h"
#include "runtime/plan_process.h"
#include "runtime/processes.h"
#include "runtime/state_dir.h"

namespace berth::runtime {
namespace {

TEST(SignalName, IsTakenWithAndWithoutItsPrefixAndAsANumber) {
  for (const char* text : {"SIGTERM", "TERM", "term", "15"}) EXPECT_EQ(parse_signal(text), SIGTERM) << text;
  EXPECT_EQ(parse_signal("0"), 0);
  EXPECT_EQ(parse_signal("RTMIN+3"), 37);
  EXPECT_EQ(parse_signal("SIGRTMAX-1"), 63);
  for (const char* text : {"", "SIG", "NOSUCH", "65", "-1", "TERM+1", "RTMIN-1", "RTMAX+1", "9 ", "1e1"})
    EXPECT_EQ(parse_signal(text), std::nullopt) << text;
}

TEST(UserOfExec, IsAUidWithPerhapsAGid) {
  spec::User user{.uid = 1, .gid = 2};
  ASSERT_TRUE(parse_user("1000", user));
  EXPECT_EQ(user.uid, 1000U);
  EXPECT_EQ(user.gid, 2U);
  ASSERT_TRUE(parse_user("7:8", user));
  EXPECT_EQ(user.gid, 8U);
  for (const char* text : {"", "root", "1:", ":1", "1:2:3", "-1", "+1", " 1", "1 ", "0x1", "4294967295",
                           "4294967296", "1:4294967295", "1\n", "1.0"})
    EXPECT_FALSE(parse_user(text, user)) << text;
  EXPECT_EQ(user.uid, 7U);  // what is refused changes nothing
}

TEST(CpuList, BecomesAMask) {
  EXPECT_EQ(*parse_cpu_list("0-3,7"), std::vector<std::uint64_t>{0x8f});
  EXPECT_EQ(*parse_cpu_list("64"), (std::vector<std::uint64_t>{0, 1}));
  for (const char* text : {"", "3-1", "a", "1,", "1-", "-1", "99999999", "1--2"})
    EXPECT_FALSE(parse_cpu_list(text)) << text;
}

TEST(ContainerId, CannotLeaveTheStateDirectory) {
  for (const char* id : {"a", "A-z_0.9+", "..."}) EXPECT_TRUE(check_id(id)) << id;
  for (const char* id : {"", ".", "..", "a/b", "../x", "a b", "a\n", "\xc3\xa4"})
    EXPECT_FALSE(check_id(id)) << id;
  EXPECT_FALSE(check_id(std::string(1025, 'a')));
}

TEST(ProcessTable, KeepsTheRowsOfThePidsWhereverTheColumnStands) {
  const std::string output = "UID  PID CMD\nroot  1 init\nroot 12 sleep 2\nroot  2 sh\n";
  EXPECT_EQ(*select_rows(output, {12, 2}), "UID  PID CMD\nroot 12 sleep 2\nroot  2 sh\n");
  EXPECT_FALSE(select_rows("UID CMD\n", {1}));
}

}  // namespace
}  // namespace berth::runtime
