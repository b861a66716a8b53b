#include "cgroup/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cgroup/convert.h"
#include "cgroup/io_settings.h"

namespace berth::cgroup {
namespace {

using testing::ElementsAre;

std::vector<std::string> writes(const std::vector<Setting>& settings) {
  std::vector<std::string> out;
  out.reserve(settings.size());
  for (const Setting& setting : settings) out.push_back(concat(setting.file, "=", setting.value));
  return out;
}

std::vector<std::string> writes_for(const spec::Resources& resources) {
  auto settings = settings_of(resources);
  EXPECT_TRUE(settings) << settings.error().to_string();
  return settings ? writes(*settings) : std::vector<std::string>{};
}

TEST(CgroupConvert, MapsTheThreeFixedPointsOfCpuShares) {
  EXPECT_EQ(weight_from_shares(0), 0U);
  EXPECT_EQ(weight_from_shares(1), 1U);
  EXPECT_EQ(weight_from_shares(2), 1U);
  EXPECT_EQ(weight_from_shares(1024), 100U);
  EXPECT_EQ(weight_from_shares(262144), 10000U);
  EXPECT_EQ(weight_from_shares(1U << 30U), 10000U);
}

TEST(CgroupConvert, FollowsThePresentCurveOfCpuShares) {
  // The formula worked out by hand.
  EXPECT_EQ(weight_from_shares(10), 4U);
  EXPECT_EQ(weight_from_shares(100), 17U);
  EXPECT_EQ(weight_from_shares(512), 59U);
  EXPECT_EQ(weight_from_shares(2048), 174U);
  EXPECT_EQ(weight_from_shares(10000), 627U);
  EXPECT_EQ(weight_from_shares(100000), 4340U);
  EXPECT_EQ(weight_from_shares(262143), 10000U);
}

TEST(CgroupConvert, NeverGivesLessWeightForMoreShares) {
  std::uint64_t last = 0;
  for (std::uint64_t shares = 2; shares <= 262144; ++shares) {
    const std::uint64_t weight = weight_from_shares(shares);
    ASSERT_GE(weight, last);
    ASSERT_GE(weight, 1U);
    ASSERT_LE(weight, 10000U);
    last = weight;
  }
}

TEST(CgroupConvert, SpreadsBlockIoWeightsOverTheNewRange) {
  EXPECT_EQ(io_weight_from_blkio(0), 0U);
  EXPECT_EQ(io_weight_from_blkio(10), 1U);
  EXPECT_EQ(io_weight_from_blkio(1000), 10000U);
}

TEST(CgroupConvert, TakesMemoryOutOfTheSwapTotal) {
  EXPECT_EQ(swap_from_total(100, 300)->bytes, 200);
  EXPECT_EQ(swap_from_total(100, 100)->bytes, 0);
  EXPECT_TRUE(swap_from_total(100, 100)->set);
  EXPECT_EQ(swap_from_total(100, -1)->bytes, -1);
  EXPECT_FALSE(swap_from_total(100, 0)->set);
  EXPECT_EQ(swap_from_total(-1, 0)->bytes, -1) << "no limit of memory means none of swap";
  EXPECT_FALSE(swap_from_total(0, 300));
  EXPECT_FALSE(swap_from_total(-1, 300));
  EXPECT_FALSE(swap_from_total(300, 100));
}

TEST(CgroupSettings, AreNoneWhenNothingIsLimited) {
  EXPECT_TRUE(writes_for({}).empty());
  spec::Resources zeros;
  zeros.memory = spec::MemoryLimits{.limit = 0, .swap = 0};
  zeros.cpu = spec::CpuLimits{.shares = 0, .quota = 0, .period = 0};
  zeros.pids_limit = 0;
  EXPECT_TRUE(writes_for(zeros).empty());
  EXPECT_TRUE(controllers_for(zeros).empty());
}

TEST(CgroupSettings, WriteSwapBeforeMemory) {
  spec::Resources resources;
  resources.memory = spec::MemoryLimits{.limit = 1000, .reservation = 500, .swap = 3000};
  EXPECT_THAT(writes_for(resources),
              ElementsAre("memory.swap.max=2000", "memory.max=1000", "memory.low=500"));
  EXPECT_EQ(controllers_for(resources), ControllerSet{Controller::memory});
}

TEST(CgroupSettings, WriteTheCpuFiles) {
  spec::Resources resources;
  resources.cpu = spec::CpuLimits{
      .shares = 512, .quota = 50000, .burst = 1000, .period = 100000, .cpus = "0-1", .mems = "0"};
  EXPECT_THAT(writes_for(resources), ElementsAre("cpu.weight=59", "cpu.max=50000 100000",
                                                 "cpu.max.burst=1000", "cpuset.cpus=0-1", "cpuset.mems=0"));
  resources.cpu = spec::CpuLimits{.quota = 50000};
  EXPECT_THAT(writes_for(resources), ElementsAre("cpu.max=50000 100000"));
  resources.cpu = spec::CpuLimits{.quota = -1, .period = 50000};
  EXPECT_THAT(writes_for(resources), ElementsAre("cpu.max=max 50000"));
}

TEST(CgroupSettings, GiveAnIdleGroupNoWeight) {
  spec::Resources resources;
  resources.cpu = spec::CpuLimits{.shares = 512, .idle = 1};
  EXPECT_THAT(writes_for(resources), ElementsAre("cpu.idle=1"));
  resources.cpu->idle = 0;
  EXPECT_THAT(writes_for(resources), ElementsAre("cpu.idle=0", "cpu.weight=59"));
}

TEST(CgroupSettings, WriteTheRest) {
  spec::Resources resources;
  resources.pids_limit = 20;
  resources.hugepage_limits = {{.page_size = "1GB", .limit = 5}};
  resources.rdma["hfi1"] = {.hca_handles = 1, .hca_objects = 2};
  resources.unified = {{"memory.high", "max"}, {"io.max", "8:0 rbps=1\n8:16 rbps=2\n"}};
  EXPECT_THAT(writes_for(resources),
              ElementsAre("pids.max=20", "hugetlb.1GB.rsvd.max=5", "hugetlb.1GB.max=5",
                          "rdma.max=hfi1 hca_handle=1 hca_object=2", "io.max=8:0 rbps=1",
                          "io.max=8:16 rbps=2", "memory.high=max"));
  resources.pids_limit = -1;
  EXPECT_EQ(writes_for(resources).front(), "pids.max=max");
}

TEST(CgroupSettings, RefuseUnifiedNamesThatAreNoFiles) {
  for (const char* name : {"", ".", "..", "a/b", "/memory.max"}) {
    spec::Resources resources;
    resources.unified[name] = "1";
    EXPECT_FALSE(settings_of(resources)) << name;
  }
}

TEST(CgroupSettings, TakeTheFileOfTheIoSchedulerThatIsThere) {
  spec::BlockIo io;
  io.weight = 500;
  io.weight_device = {{.major = 8, .minor = 0, .weight = 10}};
  io.throttle_read_bps = {{.major = 8, .minor = 0, .rate = 1024}};
  io.throttle_write_iops = {{.major = 8, .minor = 16, .rate = 0}};
  EXPECT_THAT(writes(io_settings_of(io, true)), ElementsAre("io.bfq.weight=500", "io.bfq.weight=8:0 10",
                                                            "io.max=8:0 rbps=1024", "io.max=8:16 wiops=max"));
  EXPECT_THAT(
      writes(io_settings_of(io, false)),
      ElementsAre("io.weight=4950", "io.weight=8:0 1", "io.max=8:0 rbps=1024", "io.max=8:16 wiops=max"));
}

TEST(IgnoredMembers, AreThoseOfVersionOneThatAskForSomething) {
  EXPECT_TRUE(
      ignored_members({.memory = spec::MemoryLimits{.limit = 5, .kernel = -1, .disable_oom_killer = false},
                       .cpu = spec::CpuLimits{.shares = 5, .realtime_runtime = 0}})
          .empty());
  EXPECT_EQ(ignored_members({.memory = spec::MemoryLimits{.swappiness = 0, .disable_oom_killer = true},
                             .cpu = spec::CpuLimits{.realtime_period = 7},
                             .network = spec::NetworkLimits{.class_id = 1}}),
            (std::vector<std::string>{
                "linux.resources.memory.swappiness", "linux.resources.memory.disableOOMKiller",
                "linux.resources.cpu.realtimePeriod", "linux.resources.network.classID"}));
}

}  // namespace
}  // namespace berth::cgroup
