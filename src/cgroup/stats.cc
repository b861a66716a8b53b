#include "cgroup/stats.h"

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "sys/file.h"

namespace berth::cgroup {

namespace {

// nullopt for a file that is not there or cannot be read (a pressure file may be switched off: EOPNOTSUPP).
std::optional<std::string> text_of(FdRef directory, const std::string& name) {
  const auto file = sys::open_at(directory, name, O_RDONLY);
  if (!file) return std::nullopt;
  auto text = sys::read_all(*file, name);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::string text_or_nothing(FdRef directory, const std::string& name) {
  return text_of(directory, name).value_or(std::string());
}

std::uint64_t amount_of(FdRef directory, const std::string& name) {
  return parse_amount(text_or_nothing(directory, name));
}

std::uint64_t value_of(const std::map<std::string, std::uint64_t>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? 0 : found->second;
}

std::optional<Pressure> pressure_of(FdRef directory, const std::string& name) {
  return parse_pressure(text_or_nothing(directory, name));
}

// "avg10=1.53" as a double. No locale, no exceptions: std::from_chars.
double decimal(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

PressureLine parse_pressure_line(std::string_view line) {
  PressureLine out;
  for (const std::string_view word : split(line, ' ')) {
    const auto pair = split_once(word, '=');
    if (!pair) continue;
    const auto& [key, value] = *pair;
    if (key == "avg10") out.avg10 = decimal(value);
    if (key == "avg60") out.avg60 = decimal(value);
    if (key == "avg300") out.avg300 = decimal(value);
    if (key == "total") out.total = parse_number<std::uint64_t>(value).value_or(0);
  }
  return out;
}

CpuStats read_cpu(FdRef directory) {
  const auto stat = parse_flat(text_or_nothing(directory, "cpu.stat"));
  return {.total_us = value_of(stat, "usage_usec"),
          .user_us = value_of(stat, "user_usec"),
          .system_us = value_of(stat, "system_usec"),
          .periods = value_of(stat, "nr_periods"),
          .throttled_periods = value_of(stat, "nr_throttled"),
          .throttled_us = value_of(stat, "throttled_usec"),
          .pressure = pressure_of(directory, "cpu.pressure")};
}

MemoryAmount read_amounts(FdRef directory, std::string_view prefix) {
  return {.current = amount_of(directory, concat(prefix, ".current")),
          .peak = amount_of(directory, concat(prefix, ".peak")),
          .limit = amount_of(directory, concat(prefix, ".max"))};
}

MemoryStats read_memory(FdRef directory) {
  return {.memory = read_amounts(directory, "memory"),
          .swap = read_amounts(directory, "memory.swap"),
          .raw = parse_flat(text_or_nothing(directory, "memory.stat")),
          .events = parse_flat(text_or_nothing(directory, "memory.events")),
          .pressure = pressure_of(directory, "memory.pressure")};
}

// Without the controller: counted by hand.
PidsStats read_pids(FdRef directory, const std::string& path) {
  if (const auto current = text_of(directory, "pids.current"))
    return {.current = parse_amount(*current), .limit = amount_of(directory, "pids.max")};
  PidsStats stats = {.limit = kNoLimit};
  if (const auto group = Cgroup::open(path)) {
    if (const auto processes = group->processes()) stats.current = processes->size();
  }
  return stats;
}

std::map<std::string, HugetlbStats> read_hugetlb(FdRef directory, const std::vector<std::string>& files) {
  constexpr std::string_view kPrefix = "hugetlb.";
  constexpr std::string_view kSuffix = ".rsvd.current";
  std::map<std::string, HugetlbStats> out;
  for (const std::string& file : files) {
    if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix)) continue;
    const std::string size = file.substr(kPrefix.size(), file.size() - kPrefix.size() - kSuffix.size());
    const std::string base = concat(kPrefix, size);
    out[size] = {
        .current = amount_of(directory, file),
        .limit = amount_of(directory, concat(base, ".rsvd.max")),
        .failures = value_of(parse_flat(text_or_nothing(directory, concat(base, ".events"))), "max")};
  }
  return out;
}

}  // namespace

std::uint64_t parse_amount(std::string_view text) {
  text = trim(text);
  return text == "max" ? kNoLimit : parse_number<std::uint64_t>(text).value_or(0);
}

std::map<std::string, std::uint64_t> parse_flat(std::string_view text) {
  std::map<std::string, std::uint64_t> out;
  for (const std::string_view line : split(text, '\n')) {
    const auto pair = split_once(line, ' ');
    if (!pair) continue;
    if (const auto number = parse_number<std::uint64_t>(pair->second))
      out[std::string(pair->first)] = *number;
  }
  return out;
}

std::vector<IoDeviceStats> parse_io_stat(std::string_view text) {
  std::vector<IoDeviceStats> out;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split(line, ' ');
    const auto numbers = split_once(words.front(), ':');
    if (!numbers) continue;
    const auto major = parse_number<std::uint64_t>(numbers->first);
    const auto minor = parse_number<std::uint64_t>(numbers->second);
    if (!major || !minor) continue;
    IoDeviceStats device = {.major = *major, .minor = *minor};
    for (const std::string_view word : words) {
      const auto pair = split_once(word, '=');
      const auto value = pair ? parse_number<std::uint64_t>(pair->second) : std::nullopt;
      if (value) device.counters[std::string(pair->first)] = *value;
    }
    if (!device.counters.empty()) out.push_back(std::move(device));
  }
  return out;
}

std::optional<Pressure> parse_pressure(std::string_view text) {
  std::optional<Pressure> out;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("some ")) {
      out = out.value_or(Pressure());
      out->some = parse_pressure_line(line);
    }
    if (line.starts_with("full ")) {
      out = out.value_or(Pressure());
      out->full = parse_pressure_line(line);
    }
  }
  return out;
}

Result<Stats> read_stats(const std::string& directory) {
  TRY_ASSIGN(const auto fd, sys::open(directory, O_RDONLY | O_DIRECTORY));
  TRY_ASSIGN(const auto files, sys::list_directory(directory));
  return Stats{.cpu = read_cpu(fd),
               .memory = read_memory(fd),
               .pids = read_pids(fd, directory),
               .io = parse_io_stat(text_or_nothing(fd, "io.stat")),
               .io_pressure = pressure_of(fd, "io.pressure"),
               .hugetlb = read_hugetlb(fd, files)};
}

}  // namespace berth::cgroup
