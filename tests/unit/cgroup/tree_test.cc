#include "cgroup/tree.h"

#include <gtest/gtest.h>

#include "cgroup/controllers.h"
#include "cgroup/placement.h"
#include "cgroup/split.h"
#include "cgroup/state_file.h"

namespace berth::cgroup {
namespace {

TEST(CgroupTree, FindsThePureTree) {
  EXPECT_EQ(
      *mount_point_in("30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"),
      "/sys/fs/cgroup");
}

TEST(CgroupTree, FindsTheUnifiedPartOfAHybridHost) {
  EXPECT_EQ(*mount_point_in("31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
                            "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                            "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
                            "50 23 0:38 /x /var/lib/containers/x/sys/fs/cgroup ro - cgroup2 cgroup2 rw\n"),
            "/sys/fs/cgroup/unified");
}

TEST(CgroupTree, UnderstandsBlanksInAPath) {
  EXPECT_EQ(*mount_point_in("41 31 0:38 / /odd\\040place rw - cgroup2 cgroup2 rw\n"), "/odd place");
}

TEST(CgroupTree, SaysThatThereIsNone) {
  const auto none = mount_point_in("32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\nrubbish\n");
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().is(ENOENT));
}

TEST(CgroupTree, FindsOurselves) {
  const auto directory = own_directory();
  ASSERT_TRUE(directory) << directory.error().to_string();
  EXPECT_EQ(*directory, *directory_of(::getpid()));
}

Result<std::string> placed(const std::string& cgroups_path, const std::string& own) {
  return directory_for({.cgroups_path = cgroups_path, .id = "web"}, "/sys/fs/cgroup", own);
}

TEST(CgroupPlacement, TakesAnAbsolutePathFromTheMountPoint) {
  EXPECT_EQ(*placed("/a/b", "/user.slice/x.scope"), "/sys/fs/cgroup/a/b");
  EXPECT_EQ(*placed("//a/./b/", "/"), "/sys/fs/cgroup/a/b");
}

TEST(CgroupPlacement, TakesARelativeOneBesideOurOwn) {
  EXPECT_EQ(*placed("a", "/user.slice/x.scope"), "/sys/fs/cgroup/user.slice/a");
  EXPECT_EQ(*placed("", "/user.slice/x.scope"), "/sys/fs/cgroup/user.slice/web");
  EXPECT_EQ(*placed("", "/"), "/sys/fs/cgroup/web");
}

TEST(CgroupPlacement, DoesNotLeaveTheTree) {
  EXPECT_FALSE(placed("/a/../../etc", "/"));
  EXPECT_FALSE(placed("../x", "/a/b"));
  EXPECT_FALSE(placed("/", "/"));
  EXPECT_FALSE(placed("", "/../outside/y"));
}

TEST(CgroupPlacement, CanBeNone) {
  const auto none = place({.id = "web", .disabled = true});
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->exists());
}

TEST(ControllerSet, ReadsAndEnables) {
  const auto set = ControllerSet::parse("cpuset cpu io memory perf_event pids\n");
  EXPECT_TRUE(set.has(Controller::memory));
  EXPECT_FALSE(set.has(Controller::hugetlb));
  EXPECT_EQ(set.without({Controller::cpuset, Controller::io}).enabling(), "+cpu +memory +pids");
  EXPECT_TRUE(ControllerSet::parse("\n").empty());
  EXPECT_EQ(controller_of("memory.swap.max"), Controller::memory);
  EXPECT_EQ(controller_of("cgroup.procs"), std::nullopt);
}

TEST(StateFile, ReadsTheNumberOfAWholeKey) {
  constexpr std::string_view kText = "low 1\noom 2\noom_kill 3\noom_group_kill 4\n";
  EXPECT_EQ(number_of(kText, "oom"), 2U);
  EXPECT_EQ(number_of(kText, "oom_kill"), 3U);
  EXPECT_EQ(number_of(kText, "oom_k"), std::nullopt);
  EXPECT_EQ(number_of("", "oom"), std::nullopt);
}

TEST(CgroupSplit, LeavesTheRootOfTheMachineAlone) {
  const auto own = own_path();
  ASSERT_TRUE(own);
  if (*own != "/") return;  // the machine's runner put us below: the split itself is tested in split_test.cc
  const auto split = split_unit();
  ASSERT_FALSE(split);
  EXPECT_TRUE(split.error().is(EPERM));
}

}  // namespace
}  // namespace berth::cgroup
