// config-linux.md "Control groups": limits as the document says them, in cgroup v1's terms where the spec
// does. src/cgroup converts. An unset field is left as the kernel has it. Also the input of `update -r`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/block_io.h"
#include "spec/device.h"

namespace berth::spec {

// Bytes; -1: no limit.
struct MemoryLimits {
  std::optional<std::int64_t> limit = {};
  std::optional<std::int64_t> reservation = {};
  std::optional<std::int64_t> swap = {};  // memory and swap together
  std::optional<std::int64_t> kernel = {};
  std::optional<std::int64_t> kernel_tcp = {};
  std::optional<std::uint64_t> swappiness = {};
  std::optional<bool> disable_oom_killer = {};
  std::optional<bool> use_hierarchy = {};
  std::optional<bool> check_before_update = {};
  friend bool operator==(const MemoryLimits&, const MemoryLimits&) = default;
};
Result<void> decode(const json::Value& value, MemoryLimits& out);
void encode(json::Writer& out, const MemoryLimits& memory);

// Times in microseconds.
struct CpuLimits {
  std::optional<std::uint64_t> shares = {};  // 2 to 262144, 1024 is one share
  std::optional<std::int64_t> quota = {};    // -1: none
  std::optional<std::uint64_t> burst = {};
  std::optional<std::uint64_t> period = {};
  std::optional<std::int64_t> realtime_runtime = {};
  std::optional<std::uint64_t> realtime_period = {};
  std::string cpus = {};  // "0-3,7"
  std::string mems = {};
  std::optional<std::int64_t> idle = {};  // 1: SCHED_IDLE for the whole cgroup
  friend bool operator==(const CpuLimits&, const CpuLimits&) = default;
};
Result<void> decode(const json::Value& value, CpuLimits& out);
void encode(json::Writer& out, const CpuLimits& cpu);

struct HugepageLimit {
  std::string page_size = {};  // "2MB"
  std::uint64_t limit = 0;     // bytes
  friend bool operator==(const HugepageLimit&, const HugepageLimit&) = default;
};
Result<void> decode(const json::Value& value, HugepageLimit& out);
void encode(json::Writer& out, const HugepageLimit& limit);

struct InterfacePriority {
  std::string name = {};
  std::uint32_t priority = 0;
  friend bool operator==(const InterfacePriority&, const InterfacePriority&) = default;
};
Result<void> decode(const json::Value& value, InterfacePriority& out);
void encode(json::Writer& out, const InterfacePriority& priority);

// cgroup v1 only; kept so that a rewritten document is whole.
struct NetworkLimits {
  std::optional<std::uint32_t> class_id = {};
  std::vector<InterfacePriority> priorities = {};
  friend bool operator==(const NetworkLimits&, const NetworkLimits&) = default;
};
Result<void> decode(const json::Value& value, NetworkLimits& out);
void encode(json::Writer& out, const NetworkLimits& network);

struct RdmaLimit {
  std::optional<std::uint32_t> hca_handles = {};
  std::optional<std::uint32_t> hca_objects = {};
  friend bool operator==(const RdmaLimit&, const RdmaLimit&) = default;
};
Result<void> decode(const json::Value& value, RdmaLimit& out);
void encode(json::Writer& out, const RdmaLimit& limit);

struct Resources {
  std::vector<DeviceRule> devices = {};
  std::optional<MemoryLimits> memory = {};
  std::optional<CpuLimits> cpu = {};
  std::optional<std::int64_t> pids_limit = {};  // as the document has it: above 0 a limit, -1 none
  std::optional<BlockIo> block_io = {};
  std::vector<HugepageLimit> hugepage_limits = {};
  std::optional<NetworkLimits> network = {};
  std::map<std::string, RdmaLimit> rdma = {};       // by device
  std::map<std::string, std::string> unified = {};  // cgroup v2 files by name
  friend bool operator==(const Resources&, const Resources&) = default;
};
Result<void> decode(const json::Value& value, Resources& out);
void encode(json::Writer& out, const Resources& resources);

// A document that holds nothing but a resources object (`update -r`). `name` is what errors call it.
[[nodiscard]] Result<Resources> parse_resources(std::string_view text, std::string_view name);

}  // namespace berth::spec
