// What a service manager tells us in our environment, and what of it the payload is told. systemd.exec(5),
// sd_listen_fds(3), sd_watchdog_enabled(3).
//
//   UnitEnvironment unit = read_unit_environment(environ, getpid());
//   …
//   std::vector<std::string> env = payload_environment(unit, {.notify_socket = kInside, .pid = 1});
//
// Each variable is passed, translated or dropped on purpose: unit_variables() is the table, with the reason.
// A value that is malformed, or meant for another process (LISTEN_PID, WATCHDOG_PID), counts as absent and is
// named in `problems`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "systemd/notify_address.h"

namespace berth::systemd {

enum class Disposition : std::uint8_t {
  pass,       // means the same inside
  translate,  // the payload gets its own value, made by payload_environment()
  drop,       // means nothing, or something false, inside
};
struct UnitVariable {
  std::string_view name;
  Disposition disposition;
  std::string_view reason;
};
[[nodiscard]] std::span<const UnitVariable> unit_variables() noexcept;
// nullptr when the service manager does not own the variable.
[[nodiscard]] const UnitVariable* find_unit_variable(std::string_view name) noexcept;

inline constexpr int kFirstListenFd = 3;

struct ListenFds {
  unsigned count = 0;              // descriptors 3, 4, …
  std::vector<std::string> names;  // as many, "unknown" where none was given
};

struct UnitEnvironment {
  std::optional<NotifyAddress> notify_socket;
  std::optional<ListenFds> listen;
  std::optional<std::uint64_t> watchdog_usec;  // the manager expects WATCHDOG=1 this often
  std::optional<unsigned> fd_store_max;        // FDSTORE: what the manager keeps for the unit at most
  std::string invocation_id;                   // 32 hexadecimal digits; set: we run in a unit
  std::string credentials_directory;           // on the host
  std::string journal_stream;                  // DEVICE:INODE of the unit's stdout
  std::string memory_pressure_write;           // base64, as it came
  std::vector<std::string> passed;             // "NAME=value" of what passes as it is
  std::vector<std::string> problems;           // one sentence each, for the log
};
// `environment` ends with a null pointer; `self` is the process that the variables must be meant for.
[[nodiscard]] UnitEnvironment read_unit_environment(char* const* environment, pid_t self);

// What is true inside of this container.
struct PayloadLine {
  std::string notify_socket = {};  // path inside; empty: the payload has no line (modes conmon, ignore)
  std::optional<pid_t> pid = {};   // of the payload in its pid namespace (1), if known before it runs
  std::string credentials_directory = {};  // path inside, when it is mounted there
  std::string memory_pressure = {};        // memory.pressure as the payload reaches it
  bool stdio_is_the_units = false;         // the payload writes to the unit's own stdout (passthrough)
  unsigned fd_store_quota = 0;             // of the policy; 0: not allowed
  bool listen = true;                      // the payload gets the listening descriptors
};
// LISTEN_FDS and LISTEN_FDNAMES; LISTEN_PID too when the payload's pid is known (without it nobody takes them).
[[nodiscard]] std::vector<std::string> listen_environment(const ListenFds& listen, std::optional<pid_t> pid);
[[nodiscard]] std::vector<std::string> payload_environment(const UnitEnvironment& unit,
                                                           const PayloadLine& line);

}  // namespace berth::systemd
