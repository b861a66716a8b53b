#include "systemd/unit_environment.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "systemd/notify_message.h"

namespace berth::systemd {

namespace {

using enum Disposition;

constexpr std::array kVariables = {
    UnitVariable{"NOTIFY_SOCKET", translate, "the container has a socket of its own"},
    UnitVariable{"WATCHDOG_USEC", translate, "the payload answers the watchdog, if it has a line"},
    UnitVariable{"WATCHDOG_PID", translate, "the payload's pid in its own namespace"},
    UnitVariable{"LISTEN_FDS", translate, "the descriptors are handed on"},
    UnitVariable{"LISTEN_FDNAMES", translate, "with their names"},
    UnitVariable{"LISTEN_PID", translate, "the payload's pid in its own namespace"},
    UnitVariable{"LISTEN_PIDFDID", drop, "names our process, not the payload"},
    UnitVariable{"FDSTORE", translate, "what the policy's quota leaves of it"},
    UnitVariable{"CREDENTIALS_DIRECTORY", translate, "where it is mounted inside, if it is"},
    UnitVariable{"MEMORY_PRESSURE_WATCH", translate, "the container's own memory.pressure, if it is visible"},
    UnitVariable{"MEMORY_PRESSURE_WRITE", translate, "goes with MEMORY_PRESSURE_WATCH"},
    UnitVariable{"JOURNAL_STREAM", translate, "true only where the payload writes to the unit's own stdout"},
    UnitVariable{"INVOCATION_ID", pass, "names this run of the unit, inside too"},
    UnitVariable{"DEBUG_INVOCATION", pass, "the unit was started for debugging"},
    UnitVariable{"REMOTE_ADDR", pass, "the peer of a connection handed on (Accept=yes)"},
    UnitVariable{"REMOTE_PORT", pass, "the peer of a connection handed on (Accept=yes)"},
    UnitVariable{"TRIGGER_UNIT", pass, "what started the unit"},
    UnitVariable{"TRIGGER_PATH", pass, "what started the unit"},
    UnitVariable{"TRIGGER_TIMER_REALTIME_USEC", pass, "what started the unit"},
    UnitVariable{"TRIGGER_TIMER_MONOTONIC_USEC", pass, "what started the unit"},
    UnitVariable{"RUNTIME_DIRECTORY", drop, "a path of the host; mount it to use it"},
    UnitVariable{"STATE_DIRECTORY", drop, "a path of the host; mount it to use it"},
    UnitVariable{"CACHE_DIRECTORY", drop, "a path of the host; mount it to use it"},
    UnitVariable{"LOGS_DIRECTORY", drop, "a path of the host; mount it to use it"},
    UnitVariable{"CONFIGURATION_DIRECTORY", drop, "a path of the host; mount it to use it"},
    UnitVariable{"LOG_NAMESPACE", drop, "the supervisor writes the log"},
    UnitVariable{"MAINPID", drop, "a pid of the host"},
    UnitVariable{"MANAGERPID", drop, "a pid of the host"},
    UnitVariable{"MANAGERPIDFDID", drop, "a process of the host"},
    UnitVariable{"SYSTEMD_EXEC_PID", drop, "a pid of the host"},
    UnitVariable{"PIDFILE", drop, "a path of the host"},
    UnitVariable{"SERVICE_RESULT", drop, "speaks of the supervisor's end, not of the payload's"},
    UnitVariable{"EXIT_CODE", drop, "speaks of the supervisor's end, not of the payload's"},
    UnitVariable{"EXIT_STATUS", drop, "speaks of the supervisor's end, not of the payload's"},
};

// The variables that the manager has set, looked up by name.
class Lookup {
 public:
  explicit Lookup(char* const* environment) : environment_(environment) {}
  [[nodiscard]] std::optional<std::string_view> operator()(std::string_view name) const {
    for (char* const* entry = environment_; entry != nullptr && *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=')
        return text.substr(name.size() + 1);
    }
    return std::nullopt;
  }

 private:
  char* const* environment_;
};

void complain(UnitEnvironment& unit, std::string_view name, std::string_view value, std::string_view why) {
  unit.problems.push_back(concat(name, "=", value, " is ignored: ", why));
}

template <class Int>
std::optional<Int> read_number(UnitEnvironment& unit, const Lookup& lookup, std::string_view name) {
  const auto text = lookup(name);
  if (!text) return std::nullopt;
  const auto number = parse_number<Int>(*text);
  if (!number) complain(unit, name, *text, "not a number");
  return number;
}

void read_notify_socket(UnitEnvironment& unit, const Lookup& lookup) {
  const auto text = lookup("NOTIFY_SOCKET");
  if (!text || text->empty()) return;
  auto address = NotifyAddress::parse(*text);
  if (!address) return complain(unit, "NOTIFY_SOCKET", *text, "not an address");
  unit.notify_socket = std::move(*address);
}

void read_watchdog(UnitEnvironment& unit, const Lookup& lookup, pid_t self) {
  const auto usec = read_number<std::uint64_t>(unit, lookup, "WATCHDOG_USEC");
  const auto pid = lookup("WATCHDOG_PID");
  if (!usec) return;
  if (*usec == 0 || *usec == UINT64_MAX) return complain(unit, "WATCHDOG_USEC", concat(*usec), "not a time");
  if (pid && parse_number<pid_t>(*pid) != self)
    return complain(unit, "WATCHDOG_USEC", concat(*usec), concat("it is meant for process ", *pid));
  unit.watchdog_usec = usec;
}

std::vector<std::string> read_fd_names(UnitEnvironment& unit, const Lookup& lookup, unsigned count) {
  std::vector<std::string> names;
  const auto text = lookup("LISTEN_FDNAMES");
  if (text) {
    for (const std::string_view name : split(*text, ':')) names.emplace_back(name);
    const bool valid =
        std::all_of(names.begin(), names.end(), [](const auto& name) { return is_valid_fd_name(name); });
    if (names.size() == count && valid) return names;
    complain(unit, "LISTEN_FDNAMES", *text, "it does not name each descriptor");
  }
  return std::vector<std::string>(count, "unknown");
}

void read_listen(UnitEnvironment& unit, const Lookup& lookup, pid_t self) {
  constexpr unsigned kMost = 65536;
  const auto count = read_number<unsigned>(unit, lookup, "LISTEN_FDS");
  const auto pid = lookup("LISTEN_PID");
  if (!count || *count == 0) return;
  if (*count > kMost) return complain(unit, "LISTEN_FDS", concat(*count), "too many");
  if (!pid) return complain(unit, "LISTEN_FDS", concat(*count), "LISTEN_PID is not set");
  if (parse_number<pid_t>(*pid) != self)
    return complain(unit, "LISTEN_FDS", concat(*count), concat("they are meant for process ", *pid));
  unit.listen = ListenFds{.count = *count, .names = read_fd_names(unit, lookup, *count)};
}

void read_invocation_id(UnitEnvironment& unit, const Lookup& lookup) {
  const auto text = lookup("INVOCATION_ID");
  if (!text) return;
  const bool valid =
      text->size() == 32 && text->find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!valid) return complain(unit, "INVOCATION_ID", *text, "not 32 hexadecimal digits");
  unit.invocation_id = *text;
}

void read_credentials(UnitEnvironment& unit, const Lookup& lookup) {
  const auto text = lookup("CREDENTIALS_DIRECTORY");
  if (!text) return;
  if (!text->starts_with('/')) return complain(unit, "CREDENTIALS_DIRECTORY", *text, "not an absolute path");
  unit.credentials_directory = *text;
}

void read_passed(UnitEnvironment& unit, const Lookup& lookup) {
  for (const UnitVariable& variable : kVariables) {
    if (variable.disposition != pass) continue;
    if (variable.name == "INVOCATION_ID" && unit.invocation_id.empty()) continue;
    if (const auto text = lookup(variable.name)) unit.passed.push_back(concat(variable.name, '=', *text));
  }
  // Kept here for payload_environment(), which knows whether it is true inside.
  if (const auto text = lookup("JOURNAL_STREAM")) unit.journal_stream = *text;
  if (const auto text = lookup("MEMORY_PRESSURE_WRITE")) unit.memory_pressure_write = *text;
}

// Without a WATCHDOG_PID any process of the payload may answer: said so when the pid is not known beforehand.
void add_line(std::vector<std::string>& env, const UnitEnvironment& unit, const PayloadLine& line) {
  env.push_back(concat("NOTIFY_SOCKET=", line.notify_socket));
  if (unit.watchdog_usec) {
    env.push_back(concat("WATCHDOG_USEC=", *unit.watchdog_usec));
    if (line.pid) env.push_back(concat("WATCHDOG_PID=", *line.pid));
  }
  const unsigned store = std::min(unit.fd_store_max.value_or(line.fd_store_quota), line.fd_store_quota);
  if (store > 0) env.push_back(concat("FDSTORE=", store));
}

}  // namespace

std::span<const UnitVariable> unit_variables() noexcept {
  return kVariables;
}

const UnitVariable* find_unit_variable(std::string_view name) noexcept {
  const auto* found = std::find_if(kVariables.begin(), kVariables.end(),
                                   [&](const UnitVariable& variable) { return variable.name == name; });
  return found == kVariables.end() ? nullptr : found;
}

UnitEnvironment read_unit_environment(char* const* environment, pid_t self) {
  const Lookup lookup(environment);
  UnitEnvironment unit;
  read_notify_socket(unit, lookup);
  read_watchdog(unit, lookup, self);
  read_listen(unit, lookup, self);
  unit.fd_store_max = read_number<unsigned>(unit, lookup, "FDSTORE");
  read_invocation_id(unit, lookup);
  read_credentials(unit, lookup);
  read_passed(unit, lookup);
  return unit;
}

std::vector<std::string> listen_environment(const ListenFds& listen, std::optional<pid_t> pid) {
  std::vector<std::string> env;
  if (pid) env.push_back(concat("LISTEN_PID=", *pid));
  env.push_back(concat("LISTEN_FDS=", listen.count));
  env.push_back(concat("LISTEN_FDNAMES=", join(listen.names, ":")));
  return env;
}

std::vector<std::string> payload_environment(const UnitEnvironment& unit, const PayloadLine& line) {
  std::vector<std::string> env = unit.passed;
  if (!line.notify_socket.empty()) add_line(env, unit, line);
  if (unit.listen && line.listen && line.pid) {
    for (std::string& variable : listen_environment(*unit.listen, line.pid))
      env.push_back(std::move(variable));
  }
  if (!line.credentials_directory.empty())
    env.push_back(concat("CREDENTIALS_DIRECTORY=", line.credentials_directory));
  if (!line.memory_pressure.empty()) {
    env.push_back(concat("MEMORY_PRESSURE_WATCH=", line.memory_pressure));
    if (!unit.memory_pressure_write.empty())
      env.push_back(concat("MEMORY_PRESSURE_WRITE=", unit.memory_pressure_write));
  }
  if (line.stdio_is_the_units && !unit.journal_stream.empty())
    env.push_back(concat("JOURNAL_STREAM=", unit.journal_stream));
  return env;
}

}  // namespace berth::systemd
