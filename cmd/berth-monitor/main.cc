// berth-monitor: supervises one container. conmon's command line; see docs/man/berth-monitor.8.
#include <unistd.h>

#include "base/log.h"
#include "berth-monitor/options.h"
#include "monitor/monitor.h"

namespace {

// podman reads the version of conmon's contract from the first line.
constexpr std::string_view kVersion = "conmon version 2.2.0\ncommit: berth-monitor " BERTH_VERSION "\n";

void print(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  berth::log::set_program("berth-monitor");
  auto command = berth::parse_monitor_command({argv + 1, argv + argc});
  if (!command) {
    berth::log::error(command.error().to_string());
    return 1;
  }
  if (command->help) print(command->usage);
  if (command->version) print(kVersion);
  if (command->help || command->version) return 0;
  const auto status = berth::monitor::run(std::move(command->options));
  if (!status) berth::log::error(status.error().to_string());
  return status ? *status : 1;
}
