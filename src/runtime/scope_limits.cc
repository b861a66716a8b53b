#include "runtime/scope_limits.h"

#include <array>
#include <limits>
#include <optional>

#include "base/quantity.h"
#include "base/text.h"
#include "cgroup/convert.h"
#include "runtime/plan_process.h"

namespace berth::runtime {

namespace {

using Properties = std::vector<systemd::UnitProperty>;

constexpr std::uint64_t kInfinity = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::uint64_t kDefaultPeriod = 100'000;

std::uint64_t or_infinity(std::int64_t amount) noexcept {
  return amount < 0 ? kInfinity : static_cast<std::uint64_t>(amount);
}

// -1 is no limit, 0 is unset.
void add_amount(Properties& out, const char* name, std::int64_t amount) {
  if (amount != 0) out.push_back({name, or_infinity(amount)});
}

Result<void> add_memory(const spec::MemoryLimits& memory, Properties& out) {
  const std::int64_t limit = memory.limit.value_or(0);
  add_amount(out, "MemoryMax", limit);
  add_amount(out, "MemoryLow", memory.reservation.value_or(0));
  TRY_ASSIGN(const auto swap, cgroup::swap_from_total(limit, memory.swap.value_or(0)));
  if (swap.set) out.push_back({"MemorySwapMax", or_infinity(swap.bytes)});
  return {};
}

void add_quota(Properties& out, std::int64_t quota, std::uint64_t period) {
  out.push_back({"CPUQuotaPeriodUSec", period});
  const auto per_second =
      quota < 0 ? kInfinity : static_cast<std::uint64_t>(quota) * kMicrosecondsPerSecond / period;
  out.push_back({"CPUQuotaPerSecUSec", per_second});
}

void add_cpu_time(const spec::CpuLimits& cpu, Properties& out) {
  // "Idle" is a weight for systemd: without another one it has to be taken back.
  if (cpu.shares.value_or(0) != 0)
    out.push_back({"CPUWeight", cgroup::weight_from_shares(*cpu.shares)});
  else if (cpu.idle && *cpu.idle == 0)
    out.push_back({"CPUWeight", kInfinity});
  const std::uint64_t period = cpu.period.value_or(0);
  if (cpu.quota.value_or(0) != 0) add_quota(out, *cpu.quota, period != 0 ? period : kDefaultPeriod);
}

// systemd's bit mask: CPU n is bit n % 8 of byte n / 8.
Result<void> add_set(Properties& out, const char* name, const std::string& list) {
  if (list.empty()) return {};
  TRY_ASSIGN(const auto words, parse_cpu_list(list));
  std::vector<std::uint8_t> mask;
  for (const std::uint64_t word : words) {
    for (unsigned byte = 0; byte < sizeof(word); ++byte)
      mask.push_back(static_cast<std::uint8_t>(word >> (8 * byte)));
  }
  while (mask.size() > 1 && mask.back() == 0) mask.pop_back();
  out.push_back({name, std::move(mask)});
  return {};
}

// "max", a number, or in a file of the memory controller "64M".
std::optional<std::uint64_t> amount_of(std::string_view text) {
  if (trim(text) == "max") return kInfinity;
  const auto amount = parse_size(trim(text));
  return amount ? std::optional(static_cast<std::uint64_t>(*amount)) : std::nullopt;
}

// "max 100000", "50000".
void add_unified_quota(Properties& out, std::string_view text) {
  const auto words = split_once(trim(text), ' ');
  const auto quota = amount_of(words ? words->first : text);
  const auto period = words ? parse_number<std::uint64_t>(trim(words->second)) : kDefaultPeriod;
  if (!quota || !period || *period == 0) return;
  add_quota(out, *quota == kInfinity ? -1 : static_cast<std::int64_t>(*quota), *period);
}

// The lines of single disks have other properties, which want the disk's path.
void add_unified_io_weight(Properties& out, std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    if (line.starts_with("default ")) line.remove_prefix(std::string_view("default ").size());
    if (const auto weight = parse_number<std::uint64_t>(trim(line))) out.push_back({"IOWeight", *weight});
  }
}

void add_unified(const std::map<std::string, std::string>& unified, Properties& out) {
  constexpr std::array<std::pair<const char*, const char*>, 7> kAmounts = {{
      {"cpu.weight", "CPUWeight"},
      {"memory.min", "MemoryMin"},
      {"memory.low", "MemoryLow"},
      {"memory.high", "MemoryHigh"},
      {"memory.max", "MemoryMax"},
      {"memory.swap.max", "MemorySwapMax"},
      {"pids.max", "TasksMax"},
  }};
  for (const auto& [file, property] : kAmounts) {
    const auto found = unified.find(file);
    const auto amount = found == unified.end() ? std::nullopt : amount_of(found->second);
    if (amount) out.push_back({property, *amount});
  }
  for (const auto& [file, text] : unified) {
    if (file == "cpu.max") add_unified_quota(out, text);
    if (file == "io.weight") add_unified_io_weight(out, text);
    if (file == "cpuset.cpus") ignore(add_set(out, "AllowedCPUs", text));
    if (file == "cpuset.mems") ignore(add_set(out, "AllowedMemoryNodes", text));
  }
}

}  // namespace

Result<Properties> limit_properties(const spec::Resources& resources) {
  Properties out;
  if (resources.memory) TRY(add_memory(*resources.memory, out));
  if (resources.cpu) {
    add_cpu_time(*resources.cpu, out);
    TRY(add_set(out, "AllowedCPUs", resources.cpu->cpus));
    TRY(add_set(out, "AllowedMemoryNodes", resources.cpu->mems));
  }
  if (resources.block_io && resources.block_io->weight.value_or(0) != 0)
    out.push_back({"IOWeight", cgroup::io_weight_from_blkio(*resources.block_io->weight)});
  add_amount(out, "TasksMax", resources.pids_limit.value_or(0));
  add_unified(resources.unified, out);
  return out;
}

bool is_idle(const spec::Resources& resources) {
  return resources.cpu && resources.cpu->idle.value_or(0) != 0;
}

systemd::UnitProperty idle_weight() {
  return {"CPUWeight", std::uint64_t{0}};
}

}  // namespace berth::runtime
