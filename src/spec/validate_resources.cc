#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

Result<void> check_memory(const MemoryLimits& memory, const Place& at) {
  const auto check = [&at](std::string_view name, const std::optional<std::int64_t>& bytes) -> Result<void> {
    if (bytes && *bytes < -1) return at.member(name).expected("bytes, or -1 for no limit", *bytes);
    return {};
  };
  TRY(check("limit", memory.limit));
  TRY(check("reservation", memory.reservation));
  TRY(check("swap", memory.swap));
  if (memory.limit.value_or(0) > 0 && memory.swap.value_or(0) > 0 && *memory.swap < *memory.limit)
    return at.member("swap").expected(
        concat("memory and swap together, at least the memory limit (", *memory.limit, ")"), *memory.swap);
  if (memory.swappiness && *memory.swappiness > 100)
    return at.member("swappiness")
        .expected("a number from 0 to 100", static_cast<std::int64_t>(*memory.swappiness));
  return {};
}

Result<void> check_cpu(const CpuLimits& cpu, const Place& at) {
  if (!cpu.cpus.empty() && !is_cpu_list(cpu.cpus))
    return at.member("cpus").expected("a list of CPUs like 0-3,7", cpu.cpus);
  if (!cpu.mems.empty() && !is_cpu_list(cpu.mems))
    return at.member("mems").expected("a list of nodes like 0-3,7", cpu.mems);
  if (cpu.idle && *cpu.idle != 0 && *cpu.idle != 1) return at.member("idle").expected("0 or 1", *cpu.idle);
  return {};
}

Result<void> check_unified(const std::map<std::string, std::string>& unified, const Place& at) {
  for (const auto& [file, value] : unified) {
    const bool plain = !file.empty() && file.find('/') == std::string::npos && file != "." && file != "..";
    if (!plain) return at.expected("names of cgroup files, without slashes", file);
    if (file.find('.') == std::string::npos)
      return at.expected("names of cgroup files like memory.high", file);
  }
  return {};
}

Result<void> check_hugepages(const std::vector<HugepageLimit>& limits, const Place& at) {
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string_view size = limits[i].page_size;
    const auto digits = size.find_first_not_of("0123456789");
    const std::string_view unit = digits == std::string_view::npos ? std::string_view() : size.substr(digits);
    if (digits == 0 || (unit != "KB" && unit != "MB" && unit != "GB"))
      return at.element(i).member("pageSize").expected("a size like 64KB, 2MB or 1GB", size);
  }
  return {};
}

// 0 is how engines say "unset".
Result<void> check_weight(const std::optional<std::uint16_t>& weight, const Place& at) {
  if (!weight || *weight == 0 || (*weight >= 10 && *weight <= 1000)) return {};
  return at.expected("a number from 10 to 1000", static_cast<std::int64_t>(*weight));
}

Result<void> check_block_io(const BlockIo& io, const Place& at) {
  TRY(check_weight(io.weight, at.member("weight")));
  for (std::size_t i = 0; i < io.weight_device.size(); ++i) {
    const WeightDevice& device = io.weight_device[i];
    const Place place = at.member("weightDevice").element(i);
    TRY(check_weight(device.weight, place.member("weight")));
    if (!device.weight && !device.leaf_weight)
      return place.error("expected a weight or a leafWeight, found neither");
  }
  return {};
}

Result<void> check_rdma(const std::map<std::string, RdmaLimit>& devices, const Place& at) {
  for (const auto& [device, limit] : devices) {
    if (!limit.hca_handles && !limit.hca_objects)
      return at.key(device).error("expected hcaHandles or hcaObjects, found neither");
  }
  return {};
}

}  // namespace

Result<void> check_resources(const Resources& resources, const Place& at) {
  if (resources.memory) TRY(check_memory(*resources.memory, at.member("memory")));
  if (resources.cpu) TRY(check_cpu(*resources.cpu, at.member("cpu")));
  if (resources.pids_limit && *resources.pids_limit < -1)
    return at.member("pids.limit")
        .expected("a number of processes, or -1 for no limit", *resources.pids_limit);
  if (resources.block_io) TRY(check_block_io(*resources.block_io, at.member("blockIO")));
  TRY(check_rdma(resources.rdma, at.member("rdma")));
  TRY(check_hugepages(resources.hugepage_limits, at.member("hugepageLimits")));
  return check_unified(resources.unified, at.member("unified"));
}

}  // namespace berth::spec
