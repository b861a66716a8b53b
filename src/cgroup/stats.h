// What a cgroup uses, as its files have it: the data of `events --stats`, of `stats`, and of the shim.
//
// A file that is not there (its controller is not enabled, the kernel is too old) leaves its numbers at zero or unset.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::cgroup {

inline constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};  // "max"

// Pressure stall information: Documentation/accounting/psi.rst. Averages in percent, totals in microseconds.
struct PressureLine {
  double avg10 = 0;
  double avg60 = 0;
  double avg300 = 0;
  std::uint64_t total = 0;
};
struct Pressure {
  PressureLine some;
  PressureLine full;
};

struct CpuStats {
  std::uint64_t total_us = 0;
  std::uint64_t user_us = 0;
  std::uint64_t system_us = 0;
  std::uint64_t periods = 0;
  std::uint64_t throttled_periods = 0;
  std::uint64_t throttled_us = 0;
  std::optional<Pressure> pressure = {};
};

struct MemoryAmount {
  std::uint64_t current = 0;
  std::uint64_t peak = 0;
  std::uint64_t limit = 0;  // kNoLimit
};
struct MemoryStats {
  MemoryAmount memory = {};
  MemoryAmount swap = {};                            // swap alone
  std::map<std::string, std::uint64_t> raw = {};     // memory.stat
  std::map<std::string, std::uint64_t> events = {};  // memory.events
  std::optional<Pressure> pressure = {};
};

struct PidsStats {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;  // kNoLimit
};

struct IoDeviceStats {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::map<std::string, std::uint64_t> counters = {};  // rbytes, wbytes, rios, wios, dbytes, dios
};

struct HugetlbStats {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;
  std::uint64_t failures = 0;
};

struct Stats {
  CpuStats cpu = {};
  MemoryStats memory = {};
  PidsStats pids = {};
  std::vector<IoDeviceStats> io = {};
  std::optional<Pressure> io_pressure = {};
  std::map<std::string, HugetlbStats> hugetlb = {};  // by page size: "2MB"
};

// ENOENT when the cgroup itself is gone.
[[nodiscard]] Result<Stats> read_stats(const std::string& directory);

// The parts that read text. Lines that they do not understand are left out.
[[nodiscard]] std::vector<IoDeviceStats> parse_io_stat(std::string_view text);
[[nodiscard]] std::optional<Pressure> parse_pressure(std::string_view text);
[[nodiscard]] std::map<std::string, std::uint64_t> parse_flat(std::string_view text);
// A number, or "max".
[[nodiscard]] std::uint64_t parse_amount(std::string_view text);

}  // namespace berth::cgroup
