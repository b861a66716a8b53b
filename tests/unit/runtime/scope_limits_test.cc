#include "runtime/scope_limits.h"

#include <gtest/gtest.h>

namespace berth::runtime {
namespace {

using systemd::UnitProperty;
using u64 = std::uint64_t;
using bytes = std::vector<std::uint8_t>;

std::vector<UnitProperty> properties_of(const spec::Resources& resources) {
  auto properties = limit_properties(resources);
  EXPECT_TRUE(properties) << properties.error().to_string();
  return properties ? *properties : std::vector<UnitProperty>{};
}

TEST(ScopeLimits, SayTheLimits) {
  EXPECT_TRUE(properties_of({}).empty());
  EXPECT_EQ(properties_of({.memory = spec::MemoryLimits{.limit = 100, .reservation = 50, .swap = 300}}),
            (std::vector<UnitProperty>{
                {"MemoryMax", u64{100}}, {"MemoryLow", u64{50}}, {"MemorySwapMax", u64{200}}}));
  EXPECT_EQ(properties_of({.cpu = spec::CpuLimits{.shares = 1024, .quota = 50000}}),
            (std::vector<UnitProperty>{{"CPUWeight", u64{100}},
                                       {"CPUQuotaPeriodUSec", u64{100000}},
                                       {"CPUQuotaPerSecUSec", u64{500000}}}));
  EXPECT_EQ(properties_of({.pids_limit = -1}), (std::vector<UnitProperty>{{"TasksMax", ~u64{0}}}));
}

TEST(ScopeLimits, SayTheCpusAndNodesAsBits) {
  EXPECT_EQ(
      properties_of({.cpu = spec::CpuLimits{.cpus = "0-2,9", .mems = "1"}}),
      (std::vector<UnitProperty>{{"AllowedCPUs", bytes{0x07, 0x02}}, {"AllowedMemoryNodes", bytes{0x02}}}));
}

TEST(ScopeLimits, SayTheWeightOfTheDisks) {
  EXPECT_EQ(properties_of({.block_io = spec::BlockIo{.weight = 500}}),
            (std::vector<UnitProperty>{{"IOWeight", u64{4950}}}));
}

TEST(ScopeLimits, SayTheUnifiedFilesForWhichSystemdHasAProperty) {
  EXPECT_EQ(properties_of({.unified = {{"memory.high", "1M"},
                                       {"memory.max", "max"},
                                       {"memory.oom.group", "1"},
                                       {"pids.max", "7\n"},
                                       {"cpu.weight", "50"},
                                       {"cpu.max", "10000 50000"},
                                       {"cpuset.cpus", "1"},
                                       {"io.weight", "default 30\n8:0 70"}}}),
            (std::vector<UnitProperty>{{"CPUWeight", u64{50}},
                                       {"MemoryHigh", u64{1048576}},
                                       {"MemoryMax", ~u64{0}},
                                       {"TasksMax", u64{7}},
                                       {"CPUQuotaPeriodUSec", u64{50000}},
                                       {"CPUQuotaPerSecUSec", u64{200000}},
                                       {"AllowedCPUs", bytes{0x02}},
                                       {"IOWeight", u64{30}}}));
  EXPECT_EQ(
      properties_of({.unified = {{"cpu.max", "max"}}}),
      (std::vector<UnitProperty>{{"CPUQuotaPeriodUSec", u64{100000}}, {"CPUQuotaPerSecUSec", ~u64{0}}}));
}

TEST(ScopeLimits, LeaveUnifiedValuesThatNobodyCanReadToTheKernel) {
  EXPECT_TRUE(properties_of({.unified = {{"memory.high", "much"}, {"cpu.max", "1 0"}, {"cpuset.cpus", "x"}}})
                  .empty());
}

TEST(ScopeLimits, TakeTheIdleWeightBack) {
  EXPECT_TRUE(is_idle({.cpu = spec::CpuLimits{.idle = 1}}));
  EXPECT_TRUE(properties_of({.cpu = spec::CpuLimits{.idle = 1}}).empty());  // only some managers know it
  EXPECT_EQ(properties_of({.cpu = spec::CpuLimits{.idle = 0}}),
            (std::vector<UnitProperty>{{"CPUWeight", ~u64{0}}}));
  EXPECT_FALSE(is_idle({}));
}

}  // namespace
}  // namespace berth::runtime
