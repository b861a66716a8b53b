#include "cgroup/split.h"

#include <sys/xattr.h>

#include "sys/file.h"
#include "tests/unit/cgroup/scratch.h"

namespace berth::cgroup {
namespace {

// In a child, since the split moves its caller: 0, or the line that failed.
int split_in(const Cgroup& unit, int times) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!unit.add_process(::getpid())) ::_exit(1);
    for (int i = 0; i < times; ++i) {
      const auto split = split_unit();
      if (!split) ::_exit(2);
      if (split->unit != unit.path()) ::_exit(3);
      if (split->container != concat(unit.path(), "/container")) ::_exit(4);
    }
    if (*own_directory() != concat(unit.path(), "/supervisor")) ::_exit(5);
    if (!trim(*sys::read_file(concat(unit.path(), "/cgroup.procs"))).empty()) ::_exit(6);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(CgroupTest, TheUnitIsEmptiedIntoTheSupervisorsCgroup) {
  const Cgroup unit = make("/web.service");
  const pid_t other = add_sleeper(unit);
  EXPECT_EQ(split_in(unit, 1), 0);
  EXPECT_EQ(*directory_of(other), concat(unit.path(), "/supervisor"));
}

TEST_F(CgroupTest, SplittingTwiceIsTheSameAsOnce) {
  const Cgroup unit = make("/web.service");
  EXPECT_EQ(split_in(unit, 2), 0);
}

TEST_F(CgroupTest, DelegationIsWhatSystemdSaysInAnAttribute) {
  const Cgroup unit = make("/web.service");
  EXPECT_FALSE(*is_delegated(unit.path()));
  ASSERT_EQ(::setxattr(unit.path().c_str(), "trusted.delegate", "1", 1, 0), 0);
  EXPECT_TRUE(*is_delegated(unit.path()));
}

TEST_F(CgroupTest, PlacesBelowTheUnitWhereTheSplitSaid) {
  const auto placed = place({.cgroups_path = concat(name_, "/web.service/container")});
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->path, concat(root_, "/web.service/container"));
}

}  // namespace
}  // namespace berth::cgroup
