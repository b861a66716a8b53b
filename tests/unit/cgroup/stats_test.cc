#include "cgroup/stats.h"

#include "cgroup/stats_json.h"
#include "json/value.h"
#include "tests/unit/cgroup/scratch.h"

namespace berth::cgroup {
namespace {

TEST(CgroupStats, ReadsIoByDevice) {
  const auto devices = parse_io_stat(
      "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"
      "253:1\n"
      "garbage\n"
      "8:16 rbytes=7 cost.usage=x\n");
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].counters.at("dios"), 6U);
  EXPECT_EQ(devices[1].minor, 16U);
  EXPECT_EQ(devices[1].counters.at("rbytes"), 7U);
}

TEST(CgroupStats, ReadsPressure) {
  const auto pressure = parse_pressure(
      "some avg10=1.53 avg60=0.50 avg300=0.10 total=12345\n"
      "full avg10=0.25 avg60=0.00 avg300=0.00 total=99\n");
  ASSERT_TRUE(pressure);
  EXPECT_DOUBLE_EQ(pressure->some.avg10, 1.53);
  EXPECT_EQ(pressure->some.total, 12345U);
  EXPECT_EQ(pressure->full.total, 99U);
  EXPECT_FALSE(parse_pressure(""));
}

TEST(CgroupStats, ReadsAmounts) {
  EXPECT_EQ(parse_amount("max\n"), kNoLimit);
  EXPECT_EQ(parse_amount("4096\n"), 4096U);
  EXPECT_EQ(parse_amount(""), 0U);
  EXPECT_EQ(parse_flat("anon 1\nfile 2\nodd\n").at("file"), 2U);
}

TEST(CgroupStats, HaveTheShapeThatRuncsClientsExpect) {
  Stats stats;
  stats.cpu.total_us = 5;
  stats.memory.memory = {.current = 100, .peak = 200, .limit = 1000};
  stats.memory.swap = {.current = 10, .limit = 500};
  stats.memory.raw = {{"file", 42}};
  stats.memory.events = {{"oom_kill", 3}};
  stats.pids = {.current = 2, .limit = kNoLimit};
  stats.io = parse_io_stat("8:0 rbytes=1 wios=4\n");
  json::Writer out;
  encode(out, stats);
  const auto document = json::Document::parse(out.text(), "stats");
  ASSERT_TRUE(document) << document.error().to_string();
  const auto number = [&](std::initializer_list<std::string_view> path) -> std::uint64_t {
    auto value = document->root();
    for (const std::string_view key : path) {
      const auto next = value.find(key);
      if (!next) return 999;
      value = *next;
    }
    return *value.as_unsigned(kNoLimit);
  };
  EXPECT_EQ(number({"cpu", "usage", "total"}), 5000U) << "nanoseconds";
  EXPECT_EQ(number({"memory", "usage", "limit"}), 1000U);
  EXPECT_EQ(number({"memory", "usage", "max"}), 200U);
  EXPECT_EQ(number({"memory", "swap", "usage"}), 110U) << "memory and swap together";
  EXPECT_EQ(number({"memory", "swap", "limit"}), 1500U);
  EXPECT_EQ(number({"memory", "cache"}), 42U);
  EXPECT_EQ(number({"memory", "event_count", "oom_kill"}), 3U);
  EXPECT_EQ(number({"pids", "limit"}), 0U) << "no limit";
  const auto bytes = document->root().find("blkio")->find("ioServiceBytesRecursive")->elements();
  ASSERT_TRUE(bytes && bytes->size() == 1);
  EXPECT_EQ(*bytes->front().find("op")->as_string(), "Read");
}

TEST_F(CgroupTest, StatsOfALiveOneCountItsProcessesAndTime) {
  const Cgroup group = make();
  add_sleeper(group);
  const auto stats = read_stats(group.path());
  ASSERT_TRUE(stats) << stats.error().to_string();
  EXPECT_EQ(stats->pids.current, 1U);
  EXPECT_EQ(stats->cpu.total_us >= stats->cpu.user_us, true);
  ASSERT_TRUE(group.kill());
  ASSERT_TRUE(*group.wait_empty(10'000));
  ASSERT_TRUE(group.remove());
  const auto gone = read_stats(group.path());
  ASSERT_FALSE(gone);
  EXPECT_TRUE(gone.error().is(ENOENT));
}

}  // namespace
}  // namespace berth::cgroup
