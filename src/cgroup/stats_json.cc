#include "cgroup/stats_json.h"

#include <array>

namespace berth::cgroup {

namespace {

constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;

void encode_pressure_line(json::Writer& out, std::string_view name, const PressureLine& line) {
  out.key(name)
      .begin_object()
      .member("avg10", line.avg10)
      .member("avg60", line.avg60)
      .member("avg300", line.avg300)
      .member("total", line.total)
      .end_object();
}

void encode_pressure(json::Writer& out, const std::optional<Pressure>& pressure) {
  if (!pressure) return;
  out.key("psi").begin_object();
  encode_pressure_line(out, "some", pressure->some);
  encode_pressure_line(out, "full", pressure->full);
  out.end_object();
}

void encode_cpu(json::Writer& out, const CpuStats& cpu) {
  out.key("cpu").begin_object();
  out.key("usage")
      .begin_object()
      .member("total", cpu.total_us * kNanosecondsPerMicrosecond)
      .member("kernel", cpu.system_us * kNanosecondsPerMicrosecond)
      .member("user", cpu.user_us * kNanosecondsPerMicrosecond)
      .end_object();
  out.key("throttling")
      .begin_object()
      .member("periods", cpu.periods)
      .member("throttledPeriods", cpu.throttled_periods)
      .member("throttledTime", cpu.throttled_us * kNanosecondsPerMicrosecond)
      .end_object();
  encode_pressure(out, cpu.pressure);
  out.end_object();
}

// All of this is cgroup v1's: v2 has no such files, and runc prints the zeros.
void encode_cpuset(json::Writer& out) {
  out.key("cpuset").begin_object();
  for (const char* name :
       {"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
        "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level"})
    out.member(name, 0);
  out.end_object();
}

void encode_amount(json::Writer& out, std::string_view name, const MemoryAmount& amount) {
  out.key(name)
      .begin_object()
      .member("limit", amount.limit)
      .member("usage", amount.current)
      .member("max", amount.peak)
      .member("failcnt", 0)
      .end_object();
}

// runc's clients expect v1's meaning here: memory and swap together.
MemoryAmount with_memory(const MemoryAmount& swap, const MemoryAmount& memory) {
  const bool limited = swap.limit != kNoLimit && memory.limit != kNoLimit;
  return {.current = swap.current + memory.current, .limit = limited ? swap.limit + memory.limit : kNoLimit};
}

void encode_memory(json::Writer& out, const MemoryStats& memory) {
  const auto file = memory.raw.find("file");
  out.key("memory").begin_object();
  out.member("cache", file == memory.raw.end() ? std::uint64_t{0} : file->second);
  encode_amount(out, "usage", memory.memory);
  encode_amount(out, "swap", with_memory(memory.swap, memory.memory));
  encode_amount(out, "kernel", {});
  encode_amount(out, "kernelTCP", {});
  out.key("raw").begin_object();
  for (const auto& [name, value] : memory.raw) out.member(name, value);
  out.end_object();
  encode_pressure(out, memory.pressure);
  out.key("event_count").begin_object();
  for (const auto& [name, value] : memory.events) out.member(name, value);
  out.end_object();
  out.end_object();
}

// "rbytes" and its like under the names of v1.
void encode_io_list(json::Writer& out, std::string_view name, const std::vector<IoDeviceStats>& devices,
                    std::string_view suffix) {
  constexpr std::array<std::pair<char, const char*>, 3> kOperations = {
      {{'r', "Read"}, {'w', "Write"}, {'d', "Discard"}}};
  out.key(name).begin_array();
  for (const IoDeviceStats& device : devices) {
    for (const auto& [letter, operation] : kOperations) {
      const auto counter = device.counters.find(concat(letter, suffix));
      if (counter == device.counters.end()) continue;
      out.begin_object()
          .member("major", device.major)
          .member("minor", device.minor)
          .member("op", operation)
          .member("value", counter->second)
          .end_object();
    }
  }
  out.end_array();
}

void encode_io(json::Writer& out, const Stats& stats) {
  out.key("blkio").begin_object();
  if (!stats.io.empty()) {
    encode_io_list(out, "ioServiceBytesRecursive", stats.io, "bytes");
    encode_io_list(out, "ioServicedRecursive", stats.io, "ios");
  }
  encode_pressure(out, stats.io_pressure);
  out.end_object();
}

void encode_hugetlb(json::Writer& out, const std::map<std::string, HugetlbStats>& hugetlb) {
  out.key("hugetlb").begin_object();
  for (const auto& [size, stats] : hugetlb)
    out.key(size)
        .begin_object()
        .member("usage", stats.current)
        .member("failcnt", stats.failures)
        .end_object();
  out.end_object();
}

}  // namespace

void encode(json::Writer& out, const Stats& stats) {
  out.begin_object();
  encode_cpu(out, stats.cpu);
  encode_cpuset(out);
  encode_memory(out, stats.memory);
  out.key("pids")
      .begin_object()
      .member("current", stats.pids.current)
      .member("limit", stats.pids.limit == kNoLimit ? 0 : stats.pids.limit)
      .end_object();
  encode_io(out, stats);
  encode_hugetlb(out, stats.hugetlb);
  out.key("intel_rdt").begin_object().end_object();
  out.key("network_interfaces").null();
  out.end_object();
}

}  // namespace berth::cgroup
