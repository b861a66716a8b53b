#include "cgroup/cgroup.h"

#include <sched.h>
#include <sys/stat.h>

#include "cgroup/device_filter.h"
#include "cgroup/events.h"
#include "sys/file.h"
#include "tests/unit/cgroup/scratch.h"

namespace berth::cgroup {
namespace {

TEST_F(CgroupTest, IsMadeWithItsParentsAndRemovedWithItsChildren) {
  const Cgroup group = make("/a/b");
  EXPECT_EQ(group.path(), concat(root_, "/a/b"));
  EXPECT_TRUE(group.fd().valid());
  ASSERT_TRUE(sys::make_directories(concat(root_, "/a/b/c/d"), 0755));
  ASSERT_TRUE(group.remove());
  EXPECT_FALSE(*sys::exists(concat(root_, "/a/b")));
  EXPECT_TRUE(group.remove()) << "a second time is fine";
}

TEST_F(CgroupTest, TakesBackTheParentsThatItMadeWhenALimitIsRefused) {
  const Cgroup kept = make("/a");
  const spec::Resources bad = {.unified = {{"cgroup.max.depth", "no number"}}};
  EXPECT_FALSE(Cgroup::create(placement("/a/b/c/d"), bad));
  EXPECT_FALSE(*sys::exists(concat(root_, "/a/b")));
  EXPECT_TRUE(*sys::exists(kept.path()));
}

TEST_F(CgroupTest, TakesBackTheParentsThatNobodyElseUsesByNow) {
  const Cgroup group = make("/a/b/c");
  const Cgroup other = make("/a/other");
  ASSERT_TRUE(group.remove());
  group.remove_parents();
  EXPECT_FALSE(*sys::exists(concat(root_, "/a/b")));
  EXPECT_TRUE(*sys::exists(other.path()));
  other.remove_parents();
  EXPECT_TRUE(*sys::exists(concat(root_, "/a"))) << "it was there before";
}

TEST_F(CgroupTest, HoldsTheProcessesThatWereAddedAlsoBelow) {
  const Cgroup outer = make();
  const Cgroup inner = make("/inner");
  const pid_t one = add_sleeper(outer);
  const pid_t two = add_sleeper(inner);
  EXPECT_EQ(*outer.processes(), (std::vector<pid_t>{one, two}));
  EXPECT_EQ(*inner.processes(), std::vector<pid_t>{two});
  EXPECT_TRUE(*outer.is_populated());
}

TEST_F(CgroupTest, KillsEverythingAndIsEmptyThen) {
  const Cgroup group = make();
  const Cgroup inner = make("/inner");
  add_sleeper(group);
  add_sleeper(inner);
  EXPECT_FALSE(*group.wait_empty(0));
  ASSERT_TRUE(group.kill());
  EXPECT_TRUE(*group.wait_empty(10'000));
  ASSERT_TRUE(group.remove());
}

TEST_F(CgroupTest, KillsAFrozenOneToo) {
  const Cgroup group = make();
  add_sleeper(group);
  ASSERT_TRUE(group.freeze());
  EXPECT_TRUE(*group.is_frozen());
  ASSERT_TRUE(group.kill());
  EXPECT_TRUE(*group.wait_empty(10'000));
}

TEST_F(CgroupTest, FreezesAndThaws) {
  const Cgroup group = make();
  add_sleeper(group);
  EXPECT_FALSE(*group.is_frozen());
  ASSERT_TRUE(group.freeze());
  EXPECT_TRUE(*group.is_frozen());
  ASSERT_TRUE(group.thaw());
  EXPECT_FALSE(*group.is_frozen());
}

TEST_F(CgroupTest, SignalsEveryProcessOnce) {
  const Cgroup group = make();
  const Cgroup inner = make("/inner");
  for (const pid_t pid : {add_sleeper(group), add_sleeper(inner)}) ASSERT_GT(pid, 0);
  ASSERT_TRUE(group.signal(SIGTERM));
  for (const pid_t pid : children_) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  }
  children_.clear();
}

TEST_F(CgroupTest, IsNotRemovedUnderARunningProcess) {
  const Cgroup group = make();
  add_sleeper(group);
  const auto removed = group.remove();
  ASSERT_FALSE(removed);
  EXPECT_TRUE(removed.error().is(EBUSY));
  EXPECT_TRUE(*sys::exists(root_));
}

TEST_F(CgroupTest, IsUsedAgainWhenEmptyAndRefusedWhenPopulated) {
  make();
  const Cgroup again = make();
  ASSERT_FALSE(again.is_none());
  add_sleeper(again);
  const auto third = Cgroup::create(placement(), {});
  ASSERT_FALSE(third);
  EXPECT_TRUE(third.error().is(EBUSY));
}

TEST_F(CgroupTest, ALeftoverThatIsFrozenIsThawed) {
  const Cgroup group = make();
  ASSERT_TRUE(group.freeze());
  EXPECT_FALSE(*make().is_frozen());
}

TEST_F(CgroupTest, TheLimitsOfALeftoverAreNotInheritedUnlessItWasNamed) {
  spec::Resources resources;
  resources.unified["cgroup.max.depth"] = "3";
  const auto depth = [&] { return *sys::read_file(concat(root_, "/cgroup.max.depth")); };
  make({}, resources);
  make();
  EXPECT_EQ(depth(), "3\n") << "named: somebody may have prepared it";
  Placement unnamed = placement();
  unnamed.requested = false;
  ASSERT_TRUE(Cgroup::create(unnamed, {}));
  EXPECT_EQ(depth(), "max\n");
}

TEST_F(CgroupTest, ALimitWithoutItsControllerNamesMemberControllerAndCgroup) {
  const auto has = controllers(mount_);
  ASSERT_TRUE(has);
  spec::Resources resources;
  resources.rdma["mlx5_0"] = {.hca_handles = 2};
  const auto group = Cgroup::create(placement(), resources);
  ASSERT_FALSE(group);
  const std::string text = group.error().to_string();
  EXPECT_NE(text.find("linux.resources.rdma[\"mlx5_0\"]"), std::string::npos) << text;
  EXPECT_NE(text.find("rdma controller in " + root_), std::string::npos) << text;
  EXPECT_FALSE(*sys::exists(root_)) << "what was made is removed";
}

TEST_F(CgroupTest, NoLimitIsNoReasonToAskForAController) {
  spec::Resources resources;
  resources.memory = spec::MemoryLimits{.limit = -1, .swap = -1};
  resources.cpu = spec::CpuLimits{.quota = -1};
  resources.pids_limit = -1;
  EXPECT_FALSE(make({}, resources).is_none());
}

TEST_F(CgroupTest, UnifiedFilesAreWritten) {
  spec::Resources resources;
  resources.unified["cgroup.max.depth"] = "3";
  const Cgroup group = make({}, resources);
  EXPECT_EQ(*sys::read_file(concat(group.path(), "/cgroup.max.depth")), "3\n");
  resources.unified = {{"cgroup.max.nonsense", "3"}};
  const auto refused = group.apply(resources);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().to_string().find("expected a file cgroup.max.nonsense"), std::string::npos);
  resources.unified = {{"../x", "3"}};
  EXPECT_FALSE(group.apply(resources));
}

TEST_F(CgroupTest, TheControllersThatTheMachineHasAreEnabledOnTheWay) {
  // hugetlb is bound to the v2 tree of this kind of machine; where it is not, the limit is refused (tested
  // above).
  const auto has = controllers(mount_);
  ASSERT_TRUE(has);
  const bool has_hugetlb = std::find(has->begin(), has->end(), "hugetlb") != has->end();
  spec::Resources resources;
  resources.hugepage_limits = {{.page_size = "2MB", .limit = 4 << 20}};
  const std::string control = concat(mount_, "/cgroup.subtree_control");
  const auto before = sys::read_file(control);
  ASSERT_TRUE(before);
  auto group = Cgroup::create(placement("/a/b"), resources);
  EXPECT_EQ(static_cast<bool>(group), has_hugetlb);
  if (!group) return;
  EXPECT_EQ(*sys::read_file(concat(group->path(), "/hugetlb.2MB.max")), "4194304\n");
  // The machine's root as it was.
  if (before->find("hugetlb") == std::string::npos) ignore(sys::write_existing(control, "-hugetlb"));
}

TEST_F(CgroupTest, NoneDoesNothingAndTakesNoLimits) {
  const auto none = Cgroup::create(Placement{}, {});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->is_none());
  EXPECT_TRUE(none->add_process(1));
  EXPECT_TRUE(none->kill());
  EXPECT_TRUE(none->remove());
  EXPECT_TRUE(none->apply({}));
  EXPECT_FALSE(none->freeze());
  spec::Resources resources;
  resources.pids_limit = 5;
  EXPECT_FALSE(none->apply(resources));
}

TEST_F(CgroupTest, ARootlessSessionGoesWithoutUnlessSomethingWasAsked) {
  // The tree as an ordinary user sees it: read-only for him. A child that gave up root is one.
  ASSERT_FALSE(make("/of-root").is_none());
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::setuid(65534) != 0) ::_exit(10);
    const Placement unasked = {.kind = Kind::cgroupfs, .path = root_ + "/of-root/x", .mount_point = mount_};
    const auto without = Cgroup::create(unasked, {}, {.rootless = true});
    if (!without || !without->is_none()) ::_exit(11);
    if (Cgroup::create(unasked, {}, {.rootless = false})) ::_exit(12);
    spec::Resources limited;
    limited.pids_limit = 3;
    if (Cgroup::create(unasked, limited, {.rootless = true})) ::_exit(13);
    Placement asked = unasked;
    asked.requested = true;
    if (Cgroup::create(asked, {}, {.rootless = true})) ::_exit(14);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(CgroupTest, TheOwnerOfADelegatedOneMayMakeChildren) {
  const Cgroup group = make();
  ASSERT_TRUE(group.delegate(65534));
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::setuid(65534) != 0) ::_exit(10);
    ::_exit(::mkdir(concat(group.path(), "/child").c_str(), 0755) == 0 ? 0 : 11);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(CgroupTest, RootOfAUserNamespaceGoesWithoutADeviceFilter) {
  const Cgroup group = make();
  spec::Resources resources;
  resources.devices = {{.allow = false}};
  const auto before = *attached_device_filters(group.fd());
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(10);
    ::_exit(group.filter_devices(resources) ? 0 : 11);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(*attached_device_filters(group.fd()), before) << "what was there stays";
}

TEST_F(CgroupTest, EventsSayWhenTheLastProcessLeaves) {
  const Cgroup group = make();
  auto watch = StateWatch::open(group.path());
  ASSERT_TRUE(watch);
  EXPECT_FALSE(watch->read()->populated);
  add_sleeper(group);
  EXPECT_TRUE(watch->read()->populated);
  ASSERT_TRUE(group.kill());
  ASSERT_TRUE(*group.wait_empty(10'000));
  EXPECT_FALSE(watch->read()->populated);
}

}  // namespace
}  // namespace berth::cgroup
