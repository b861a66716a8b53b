// The command line of an OCI runtime (runc's; crun and berth-runtime share it): the argument vector of each
// call, for sys::Child::spawn or sys::run_program. Pure.
//
//   const contract::RuntimeProgram runtime{.path = "/usr/bin/crun", .args = {"--root", root}};
//   TRY_ASSIGN(auto result, sys::run_program({.argv = contract::start_command(runtime, id)}));
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::contract {

struct RuntimeProgram {
  std::string path;
  std::vector<std::string> args = {};  // global flags, before the subcommand: --root, --log, …
  bool systemd_cgroup = false;
};

struct RuntimeCreate {
  std::string bundle;
  std::string pid_file;
  std::string console_socket = {};  // empty: no terminal
  bool no_pivot = false;
  bool no_new_keyring = false;
  std::string restore_from = {};          // checkpoint directory: `restore --detach` instead of `create`
  std::vector<std::string> options = {};  // further flags of the subcommand
};

struct RuntimeExec {
  std::string pid_file;
  std::string process_spec;
  std::string console_socket = {};
  std::vector<std::string> options = {};
};

using RuntimeCommand = std::vector<std::string>;

[[nodiscard]] RuntimeCommand create_command(const RuntimeProgram& runtime, const RuntimeCreate& create,
                                            const std::string& id);
// Always detached: the runtime returns when the process runs.
[[nodiscard]] RuntimeCommand exec_command(const RuntimeProgram& runtime, const RuntimeExec& exec,
                                          const std::string& id);
[[nodiscard]] RuntimeCommand start_command(const RuntimeProgram& runtime, const std::string& id);
// `signal` is a number or a name ("SIGTERM"); `all`: every process of the container.
[[nodiscard]] RuntimeCommand kill_command(const RuntimeProgram& runtime, const std::string& id,
                                          std::string_view signal, bool all = false);
[[nodiscard]] RuntimeCommand delete_command(const RuntimeProgram& runtime, const std::string& id,
                                            bool force = false);
[[nodiscard]] RuntimeCommand state_command(const RuntimeProgram& runtime, const std::string& id);
[[nodiscard]] RuntimeCommand pause_command(const RuntimeProgram& runtime, const std::string& id);
[[nodiscard]] RuntimeCommand resume_command(const RuntimeProgram& runtime, const std::string& id);

}  // namespace berth::contract
