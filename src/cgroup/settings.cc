#include "cgroup/settings.h"

#include "base/text.h"
#include "cgroup/convert.h"

namespace berth::cgroup {

namespace {

using Settings = std::vector<Setting>;

std::string limit_text(std::int64_t value) {
  return value < 0 ? "max" : concat(value);
}

std::string member(std::string_view name) {
  return concat("linux.resources.", name);
}

Result<void> add_memory(const spec::MemoryLimits& memory, Settings& out) {
  const std::int64_t limit = memory.limit.value_or(0);
  TRY_ASSIGN(const SwapLimit swap, swap_from_total(limit, memory.swap.value_or(0)));
  // Swap first: while memory grows, the old swap limit may be the tighter one.
  if (swap.set)
    out.push_back({.file = "memory.swap.max",
                   .value = limit_text(swap.bytes),
                   .member = member("memory.swap"),
                   .may_be_missing = swap.bytes <= 0});  // no swap at all is what a kernel without it gives
  if (limit != 0)
    out.push_back({.file = "memory.max",
                   .value = limit_text(limit),
                   .member = member("memory.limit"),
                   .may_be_missing = limit < 0});
  const std::int64_t reservation = memory.reservation.value_or(0);
  if (reservation != 0)
    out.push_back(
        {.file = "memory.low", .value = limit_text(reservation), .member = member("memory.reservation")});
  return {};
}

void add_cpu(const spec::CpuLimits& cpu, Settings& out) {
  if (cpu.idle)
    out.push_back({.file = "cpu.idle",
                   .value = concat(*cpu.idle),
                   .member = member("cpu.idle"),
                   .may_be_missing = *cpu.idle == 0});
  // An idle cgroup has no weight: the kernel refuses the write.
  if (cpu.shares.value_or(0) != 0 && cpu.idle.value_or(0) == 0)
    out.push_back({.file = "cpu.weight",
                   .value = concat(weight_from_shares(*cpu.shares)),
                   .member = member("cpu.shares"),
                   .may_be_missing = *cpu.shares == 1024});
  const std::int64_t quota = cpu.quota.value_or(0);
  const std::uint64_t period = cpu.period.value_or(0);
  if (quota != 0 || period != 0) {
    constexpr std::uint64_t kDefaultPeriod = 100000;
    const std::string limit = quota > 0 ? concat(quota) : "max";
    out.push_back({.file = "cpu.max",
                   .value = concat(limit, ' ', period != 0 ? period : kDefaultPeriod),
                   .member = member("cpu.quota"),
                   .may_be_missing = quota <= 0});
  }
  if (cpu.burst)
    out.push_back({.file = "cpu.max.burst",
                   .value = concat(*cpu.burst),
                   .member = member("cpu.burst"),
                   .may_be_missing = *cpu.burst == 0});
  if (!cpu.cpus.empty())
    out.push_back({.file = "cpuset.cpus", .value = cpu.cpus, .member = member("cpu.cpus")});
  if (!cpu.mems.empty())
    out.push_back({.file = "cpuset.mems", .value = cpu.mems, .member = member("cpu.mems")});
}

void add_hugepages(const std::vector<spec::HugepageLimit>& limits, Settings& out) {
  for (const spec::HugepageLimit& limit : limits) {
    const std::string value = concat(limit.limit);
    const std::string name = member(concat("hugepageLimits(", limit.page_size, ')'));
    // Reservations are what mmap(2) takes; a kernel before 5.7 counts only pages in use.
    out.push_back({.file = concat("hugetlb.", limit.page_size, ".rsvd.max"),
                   .value = value,
                   .member = name,
                   .may_be_missing = true});
    out.push_back({.file = concat("hugetlb.", limit.page_size, ".max"), .value = value, .member = name});
  }
}

void add_rdma(const std::map<std::string, spec::RdmaLimit>& devices, Settings& out) {
  for (const auto& [device, limit] : devices) {
    std::string value = device;
    if (limit.hca_handles) append(value, " hca_handle=", *limit.hca_handles);
    if (limit.hca_objects) append(value, " hca_object=", *limit.hca_objects);
    if (value == device) continue;
    out.push_back(
        {.file = "rdma.max", .value = std::move(value), .member = member(concat("rdma[\"", device, "\"]"))});
  }
}

Result<void> add_unified(const std::map<std::string, std::string>& unified, Settings& out) {
  for (const auto& [file, value] : unified) {
    const std::string name = member(concat("unified[\"", file, "\"]"));
    if (file.empty() || file == "." || file == ".." || file.find('/') != std::string::npos)
      return Error::invalid(name, "expected the name of a cgroup file, without slashes");
    // io.max and its like take one line a write.
    for (const std::string_view line : split(value, '\n')) {
      if (!line.empty() || value.empty())
        out.push_back({.file = file, .value = std::string(line), .member = name});
    }
  }
  return {};
}

bool sets_io(const spec::BlockIo& io) noexcept {
  return io.weight.value_or(0) != 0 || !io.weight_device.empty() || !io.throttle_read_bps.empty() ||
         !io.throttle_write_bps.empty() || !io.throttle_read_iops.empty() || !io.throttle_write_iops.empty();
}

}  // namespace

Result<std::vector<Setting>> settings_of(const spec::Resources& resources) {
  Settings out;
  if (resources.pids_limit.value_or(0) != 0)
    out.push_back({.file = "pids.max",
                   .value = limit_text(*resources.pids_limit),
                   .member = member("pids.limit"),
                   .may_be_missing = *resources.pids_limit < 0});
  if (resources.memory) TRY(add_memory(*resources.memory, out));
  if (resources.cpu) add_cpu(*resources.cpu, out);
  add_hugepages(resources.hugepage_limits, out);
  add_rdma(resources.rdma, out);
  TRY(add_unified(resources.unified, out));
  return out;
}

ControllerSet controllers_for(const spec::Resources& resources) {
  ControllerSet set;
  if (auto settings = settings_of(resources)) {
    for (const Setting& setting : *settings) {
      if (const auto controller = controller_of(setting.file)) set.add(*controller);
    }
  }
  if (resources.block_io && sets_io(*resources.block_io)) set.add(Controller::io);
  return set;
}

std::vector<std::string> ignored_members(const spec::Resources& resources) {
  std::vector<std::string> out;
  const auto note = [&out](bool asked_for, std::string_view name) {
    if (asked_for) out.push_back(member(name));
  };
  if (resources.memory) {
    note(resources.memory->kernel.value_or(0) > 0, "memory.kernel");
    note(resources.memory->kernel_tcp.value_or(0) > 0, "memory.kernelTCP");
    note(resources.memory->swappiness.has_value(), "memory.swappiness");
    note(resources.memory->disable_oom_killer.value_or(false), "memory.disableOOMKiller");
  }
  if (resources.cpu) {
    note(resources.cpu->realtime_runtime.value_or(0) != 0, "cpu.realtimeRuntime");
    note(resources.cpu->realtime_period.value_or(0) != 0, "cpu.realtimePeriod");
  }
  if (resources.block_io) note(resources.block_io->leaf_weight.value_or(0) != 0, "blockIO.leafWeight");
  if (resources.network) {
    note(resources.network->class_id.value_or(0) != 0, "network.classID");
    note(!resources.network->priorities.empty(), "network.priorities");
  }
  return out;
}

}  // namespace berth::cgroup
