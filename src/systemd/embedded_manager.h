// A service manager for one command, where there is no systemd: `berth notify exec`.
//
//      0.001s  started pid 4711: redis-server --supervised systemd
//      0.084s  pid 4711 uid 0 (redis-server)  STATUS=Ready to accept connections  READY=1
//      9.310s  exited 0
//
// Gives the command a NOTIFY_SOCKET, prints each message on standard output as one line, honours barriers
// (the descriptor is closed once the line is printed), passes SIGINT, SIGTERM, SIGHUP and SIGQUIT on to the
// command. Its own NOTIFY_SOCKET, if it has one, is not used.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace berth::systemd {

enum class ManagerGoal : std::uint8_t { ready, stopping, exit };
// "READY", "STOPPING" or "exit", upper or lower case.
[[nodiscard]] Result<ManagerGoal> parse_manager_goal(std::string_view text);

inline constexpr int kExitTimedOut = 124;  // as timeout(1)

struct EmbeddedManagerOptions {
  std::vector<std::string> argv;
  ManagerGoal goal = ManagerGoal::ready;
  std::optional<std::chrono::nanoseconds> timeout;
};

// Returns the exit code:
//   0 when READY=1 (or STOPPING=1) came: the command runs on, without a manager, and its later messages go
//   nowhere; the command's own with goal exit, and when it ends before the goal (1 if it ended with 0);
//   kExitTimedOut when the goal was not reached in time: the command was sent SIGTERM, and SIGKILL 5 s later.
// Errors: 127 and 126 when the command cannot be found or executed.
[[nodiscard]] Result<int> run_embedded_manager(const EmbeddedManagerOptions& options);

}  // namespace berth::systemd
