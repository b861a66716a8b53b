#include "runtime/processes.h"

#include <algorithm>

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"
#include "sys/child.h"

namespace berth::runtime {

namespace {

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out = split(line, ' ');
  std::erase(out, std::string_view());
  return out;
}

}  // namespace

Result<std::vector<pid_t>> processes(const std::string& root, const std::string& id) {
  TRY_ASSIGN(const auto record, read_record(root, id));
  if (!record.cgroup.empty()) {
    TRY_ASSIGN(const auto group, cgroup::Cgroup::open(record.cgroup));
    return group.processes();
  }
  // Without a cgroup only init is known to be the container's.
  TRY_ASSIGN(const auto init, open_init(record));
  return std::vector<pid_t>{init.pid()};
}

Result<std::string> select_rows(std::string_view ps_output, const std::vector<pid_t>& pids) {
  const auto lines = split(ps_output, '\n');
  const auto heading = words(lines.front());
  const auto column = std::find(heading.begin(), heading.end(), "PID");
  if (column == heading.end()) return Error::invalid("ps", "expected a column PID in its output, found none");
  const auto index = static_cast<std::size_t>(column - heading.begin());
  std::string out = concat(lines.front(), '\n');
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    const auto fields = words(*line);
    if (index >= fields.size()) continue;
    const auto pid = parse_number<pid_t>(fields[index]);
    if (pid && std::find(pids.begin(), pids.end(), *pid) != pids.end()) append(out, *line, '\n');
  }
  return out;
}

Result<std::string> process_table(const std::vector<pid_t>& pids, std::vector<std::string> options) {
  if (options.empty()) options.emplace_back("-ef");
  options.insert(options.begin(), "ps");
  TRY_ASSIGN(const auto ran, sys::run_program({.argv = std::move(options)}));
  if (ran.status.code() != 0) return Error::invalid("ps", trim(ran.errors), EIO);
  return select_rows(ran.output, pids);
}

}  // namespace berth::runtime
