#include "cgroup/events.h"

#include "base/text.h"
#include "cgroup/state_file.h"
#include "sys/file.h"

namespace berth::cgroup {

Result<MemoryWatch> MemoryWatch::open(const std::string& directory) {
  TRY_ASSIGN(auto file, sys::open(concat(directory, "/memory.events"), O_RDONLY));
  return MemoryWatch(std::move(file));
}

Result<MemoryEvents> MemoryWatch::read() {
  TRY_ASSIGN(const std::string text, reread(file_, "memory.events"));
  last_ = {.oom = number_of(text, "oom").value_or(0), .oom_kill = number_of(text, "oom_kill").value_or(0)};
  return last_;
}

std::optional<std::uint64_t> machine_oom_kills() {
  const auto text = sys::read_file("/proc/vmstat");
  return text ? number_of(*text, "oom_kill") : std::nullopt;
}

Result<StateWatch> StateWatch::open(const std::string& directory) {
  TRY_ASSIGN(auto file, sys::open(concat(directory, "/cgroup.events"), O_RDONLY));
  return StateWatch(std::move(file));
}

Result<CgroupEvents> StateWatch::read() {
  TRY_ASSIGN(const std::string text, reread(file_, "cgroup.events"));
  return CgroupEvents{.populated = number_of(text, "populated").value_or(0) != 0,
                      .frozen = number_of(text, "frozen").value_or(0) != 0};
}

}  // namespace berth::cgroup
