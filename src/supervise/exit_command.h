// ExitCommand: the program that cleans up after the container (podman container cleanup …), run once all is
// recorded and every descriptor of the container's is closed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace berth::supervise {

struct ExitCommand {
  std::string program;  // empty: none
  std::vector<std::string> args;
  std::chrono::seconds delay{0};
};

// Waits `delay`, runs it with /dev/null as its stdio in a session of its own, waits for its end, reaping what it
// leaves. One that takes longer than kExitCommandPatience is left alone. Its failure is logged and changes
// nothing.
inline constexpr auto kExitCommandPatience = std::chrono::minutes(5);
void run_exit_command(const ExitCommand& command, std::chrono::milliseconds patience = kExitCommandPatience);

}  // namespace berth::supervise
