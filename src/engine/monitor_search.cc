#include "engine/monitor_search.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "sys/file.h"
#include "sys/process_stat.h"

namespace berth::engine {

namespace {

using Arguments = std::vector<std::string_view>;

// "-c ID": conmon's and ours.
bool is_monitor(const Arguments& arguments, std::string_view id) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if ((arguments[i] == "-c" || arguments[i] == "--cid") && arguments[i + 1] == id) return true;
  }
  return false;
}

// "create --bundle … ID": ID comes last (a command line ends with a NUL, hence the empty piece behind it).
bool is_runtime(const Arguments& arguments, std::string_view id) {
  const auto has = [&](std::string_view word) {
    return std::find(arguments.begin(), arguments.end(), word) != arguments.end();
  };
  return arguments.size() > 2 && arguments[arguments.size() - 2] == id && has("create") && has("--bundle");
}

// A monitor that is about to execute something (its exit command, a runtime) has a child that still looks like it.
void drop_copies(std::vector<sys::PidFd>& monitors) {
  std::vector<pid_t> originals = {::getppid()};
  for (const sys::PidFd& monitor : monitors) originals.push_back(monitor.pid());
  const auto is_copy = [&originals](const sys::PidFd& monitor) {
    const auto stat = sys::read_process_stat(monitor.pid());
    return stat && std::find(originals.begin(), originals.end(), stat->parent) != originals.end();
  };
  monitors.erase(std::remove_if(monitors.begin(), monitors.end(), is_copy), monitors.end());
}

}  // namespace

Result<MonitorSearch> find_monitor(const std::string& id) {
  MonitorSearch found;
  TRY_ASSIGN(const auto entries, sys::list_directory("/proc"));
  for (const std::string& entry : entries) {
    const auto pid = parse_number<pid_t>(entry);
    if (!pid || *pid == ::getppid()) continue;
    auto process = sys::PidFd::open(*pid);
    const auto command_line = sys::read_file(concat("/proc/", *pid, "/cmdline"));
    if (!process || !command_line) continue;
    const auto arguments = split(*command_line, '\0');
    if (is_monitor(arguments, id)) {
      found.monitors.push_back(std::move(*process));
    } else if (is_runtime(arguments, id)) {
      found.runtimes.push_back(std::move(*process));
    }
  }
  drop_copies(found.monitors);
  return found;
}

}  // namespace berth::engine
