// What stands before the subcommand: where state is kept, where diagnostics go.
#pragma once

#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

struct CommandLine {
  Global global;
  std::string command;
  flags::Arguments arguments;  // of the command
  std::string usage;           // when it is asked for, or there is no command
  bool help = false;
  bool version = false;
};

// Also sets up the log (--log, --log-format, --log-level, --debug). `commands` makes the list for the usage.
Result<CommandLine> parse_command_line(const flags::Arguments& args, std::string (*commands)());

// /run/berth-runtime, or $XDG_RUNTIME_DIR/berth-runtime for an ordinary user.
[[nodiscard]] std::string default_root();

}  // namespace berth::runtime_cli
