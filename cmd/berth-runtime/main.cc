// berth-runtime: an OCI runtime with runc's command line.
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include "base/log.h"
#include "berth-runtime/commands.h"
#include "berth-runtime/global_flags.h"
#include "runtime/own_binary.h"
#include "spec/config.h"

namespace berth::runtime_cli {

namespace {

struct NamedCommand {
  std::string_view name;
  Command run;
  bool clones;  // makes processes that a container can see: the binary must be out of its reach
  std::string_view summary;
};
constexpr std::array<NamedCommand, 17> kCommands = {{
    {"checkpoint", checkpoint_command, false, "save a running container"},
    {"create", create_command, true, "make a container"},
    {"delete", delete_command, false, "delete a stopped container"},
    {"events", events_command, false, "print what a container uses, and when it runs out of memory"},
    {"exec", exec_command, true, "run one more process in a container"},
    {"features", features_command, false, "print what this runtime supports"},
    {"kill", kill_command, false, "send a signal to a container"},
    {"list", list_command, false, "list containers"},
    {"pause", pause_command, false, "stop all processes of a container where they are"},
    {"ps", ps_command, false, "list the processes of a container"},
    {"restore", restore_command, false, "let a saved container go on"},
    {"resume", resume_command, false, "let a paused container go on"},
    {"run", run_command, true, "create and start a container"},
    {"spec", spec_command, false, "write a config.json to begin with"},
    {"start", start_command, false, "run the payload of a created container"},
    {"state", state_command, false, "print the state of a container"},
    {"update", update_command, false, "set other limits for a container that runs"},
}};

constexpr int kFailure = 1;  // runc's code for its own errors

std::string command_list() {
  std::string out;
  for (const NamedCommand& command : kCommands)
    append(out, "  ", command.name, std::string(12 - command.name.size(), ' '), command.summary, '\n');
  return out;
}

// 0, 1 and 2 must be somebody's, or the next file that is opened becomes the container's stdin.
void occupy_standard_streams() {
  int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  while (fd >= 0 && fd <= 2) {
    ::fcntl(fd, F_SETFD, 0);
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  }
  ::close(fd);
}

Result<int> dispatch(const flags::Arguments& args, char** argv) {
  TRY_ASSIGN(const auto line, parse_command_line(args, command_list));
  if (line.version)
    return print(concat("berth-runtime version ", BERTH_VERSION,
                        "\ncommit: ", BERTH_VERSION,  // Docker shows it
                        "\nspec: ", spec::kSpecVersion));
  if (line.help || line.command.empty() || line.command == "help") return print(line.usage);
  for (const NamedCommand& command : kCommands) {
    if (command.name != line.command) continue;
    if (command.clones) TRY(runtime::protect_own_binary(argv));
    return command.run(line.global, line.arguments);
  }
  return Error::invalid(line.command, "no such command; 'berth-runtime --help' lists them");
}

// Only what runs a payload (run, exec) leaves its exit codes in the error; 125 is for programs that do not speak runc's.
int exit_code_of(const Error& error) {
  return error.exit_code() == 0 || error.exit_code() == kExitOurs ? kFailure : error.exit_code();
}

}  // namespace
}  // namespace berth::runtime_cli

int main(int argc, char** argv) {
  using namespace berth;
  // A command lives for milliseconds: what it frees is soon wanted again, so the heap grows once and never shrinks.
  ::mallopt(M_TOP_PAD, 256 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  log::set_program("berth-runtime");
  runtime_cli::occupy_standard_streams();
  const flags::Arguments args(argv + 1, argv + argc);
  const auto code = runtime_cli::dispatch(args, argv);
  if (code) return *code;
  log::error(code.error().to_string());
  return runtime_cli::exit_code_of(code.error());
}
