#include "engine/process_identity.h"

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {
constexpr std::size_t kStateField = 0;  // after the name in parentheses
constexpr std::size_t kStartField = 19;
}  // namespace

Result<std::string> boot_id() {
  TRY_ASSIGN(const auto text, sys::read_file("/proc/sys/kernel/random/boot_id"));
  return std::string(trim(text));
}

std::uint64_t start_time_of(pid_t pid) {
  if (pid <= 0) return 0;
  const auto stat = sys::read_file(concat("/proc/", pid, "/stat"));
  if (!stat) return 0;
  const auto name_end = stat->rfind(')');  // the name may hold anything, also parentheses
  if (name_end == std::string::npos || name_end + 2 > stat->size()) return 0;
  const auto fields = split(std::string_view(*stat).substr(name_end + 2), ' ');
  if (fields.size() <= kStartField || fields[kStateField] == "Z" || fields[kStateField] == "X") return 0;
  return parse_number<std::uint64_t>(fields[kStartField]).value_or(0);
}

std::optional<sys::PidFd> open_process(pid_t pid, std::uint64_t start) {
  if (pid <= 0 || start == 0) return std::nullopt;
  // First the pidfd, then the check: what the pidfd names cannot change any more.
  auto process = sys::PidFd::open(pid);
  if (!process || start_time_of(pid) != start) return std::nullopt;
  return std::move(*process);
}

pid_t read_pid_file(const std::string& path) {
  const auto text = sys::read_file(path, 64);
  return text ? parse_number<pid_t>(trim(*text)).value_or(0) : 0;
}

}  // namespace berth::engine
