#include "sys/process_stat.h"

#include "base/text.h"
#include "sys/file.h"

namespace berth::sys {

Result<ProcessStat> parse_process_stat(std::string_view text) {
  const auto close = text.rfind(')');  // the command's name is whatever stands between the outermost brackets
  if (close == std::string_view::npos || close + 2 > text.size())
    return Error::invalid("/proc/PID/stat", "expected a command in brackets");
  const auto fields = split(trim(text.substr(close + 2)), ' ');  // fields[0] is field 3 of the manual
  constexpr std::size_t kParent = 4 - 3;
  constexpr std::size_t kStartTime = 22 - 3;
  if (fields.size() <= kStartTime || fields[0].size() != 1)
    return Error::invalid("/proc/PID/stat", "expected 22 fields or more");
  const auto parent = parse_number<pid_t>(fields[kParent]);
  const auto start = parse_number<std::uint64_t>(fields[kStartTime]);
  if (!parent || !start) return Error::invalid("/proc/PID/stat", "expected numbers");
  return ProcessStat{.state = fields[0].front(), .parent = *parent, .start_time = *start};
}

Result<ProcessStat> read_process_stat(pid_t pid) {
  TRY_ASSIGN(const std::string text, read_file(concat("/proc/", pid, "/stat"), 4096));
  return parse_process_stat(text);
}

}  // namespace berth::sys
