// The subcommands of berth-runtime, one file each: parse the flags, call one function of src/runtime.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "common/flags.h"

namespace berth::runtime_cli {

// The flags that stand before the subcommand.
struct Global {
  std::string root;
  bool systemd_cgroup = false;
  bool without_cgroup = false;
};

// The result is the exit code.
using Command = Result<int> (*)(const Global& global, const flags::Arguments& args);

Result<int> checkpoint_command(const Global& global, const flags::Arguments& args);
Result<int> create_command(const Global& global, const flags::Arguments& args);
Result<int> delete_command(const Global& global, const flags::Arguments& args);
Result<int> events_command(const Global& global, const flags::Arguments& args);
Result<int> exec_command(const Global& global, const flags::Arguments& args);
Result<int> features_command(const Global& global, const flags::Arguments& args);
Result<int> pause_command(const Global& global, const flags::Arguments& args);
Result<int> ps_command(const Global& global, const flags::Arguments& args);
Result<int> restore_command(const Global& global, const flags::Arguments& args);
Result<int> resume_command(const Global& global, const flags::Arguments& args);
Result<int> kill_command(const Global& global, const flags::Arguments& args);
Result<int> list_command(const Global& global, const flags::Arguments& args);
Result<int> run_command(const Global& global, const flags::Arguments& args);
Result<int> spec_command(const Global& global, const flags::Arguments& args);
Result<int> start_command(const Global& global, const flags::Arguments& args);
Result<int> state_command(const Global& global, const flags::Arguments& args);
Result<int> update_command(const Global& global, const flags::Arguments& args);

// The usage on stdout; the exit code is 0.
Result<int> show_usage(const flags::Parser& parser);
// Writes `text` and a line feed to stdout.
Result<int> print(std::string_view text);
// EINVAL unless there are exactly as many operands as the command takes.
Result<void> expect_operands(const flags::Parser& parser, const flags::Operands& operands, std::size_t least,
                             std::size_t most);

}  // namespace berth::runtime_cli
