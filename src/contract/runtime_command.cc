#include "contract/runtime_command.h"

namespace berth::contract {

namespace {

RuntimeCommand base_command(const RuntimeProgram& runtime, std::string_view subcommand) {
  RuntimeCommand argv = {runtime.path};
  if (runtime.systemd_cgroup) argv.emplace_back("--systemd-cgroup");
  argv.insert(argv.end(), runtime.args.begin(), runtime.args.end());
  argv.emplace_back(subcommand);
  return argv;
}

RuntimeCommand simple_command(const RuntimeProgram& runtime, std::string_view subcommand,
                              const std::string& id) {
  RuntimeCommand argv = base_command(runtime, subcommand);
  argv.push_back(id);
  return argv;
}

void add_console(RuntimeCommand& argv, const std::string& socket) {
  if (socket.empty()) return;
  argv.insert(argv.end(), {"--console-socket", socket});
}

}  // namespace

RuntimeCommand create_command(const RuntimeProgram& runtime, const RuntimeCreate& create,
                              const std::string& id) {
  const bool restore = !create.restore_from.empty();
  RuntimeCommand argv = base_command(runtime, restore ? "restore" : "create");
  argv.insert(argv.end(), {"--bundle", create.bundle, "--pid-file", create.pid_file});
  if (create.no_pivot) argv.emplace_back("--no-pivot");
  if (create.no_new_keyring) argv.emplace_back("--no-new-keyring");
  // A restored container runs at once: without --detach the runtime would stay until it ends.
  if (restore)
    argv.insert(argv.end(), {"--detach", "--image-path", create.restore_from, "--work-path", create.bundle});
  argv.insert(argv.end(), create.options.begin(), create.options.end());
  add_console(argv, create.console_socket);
  argv.push_back(id);
  return argv;
}

RuntimeCommand exec_command(const RuntimeProgram& runtime, const RuntimeExec& exec, const std::string& id) {
  RuntimeCommand argv = base_command(runtime, "exec");
  argv.insert(argv.end(), {"--pid-file", exec.pid_file, "--process", exec.process_spec, "--detach"});
  argv.insert(argv.end(), exec.options.begin(), exec.options.end());
  add_console(argv, exec.console_socket);
  argv.push_back(id);
  return argv;
}

RuntimeCommand start_command(const RuntimeProgram& runtime, const std::string& id) {
  return simple_command(runtime, "start", id);
}

RuntimeCommand kill_command(const RuntimeProgram& runtime, const std::string& id, std::string_view signal,
                            bool all) {
  RuntimeCommand argv = base_command(runtime, "kill");
  if (all) argv.emplace_back("--all");
  argv.push_back(id);
  argv.emplace_back(signal);
  return argv;
}

RuntimeCommand delete_command(const RuntimeProgram& runtime, const std::string& id, bool force) {
  RuntimeCommand argv = base_command(runtime, "delete");
  if (force) argv.emplace_back("--force");
  argv.push_back(id);
  return argv;
}

RuntimeCommand state_command(const RuntimeProgram& runtime, const std::string& id) {
  return simple_command(runtime, "state", id);
}
RuntimeCommand pause_command(const RuntimeProgram& runtime, const std::string& id) {
  return simple_command(runtime, "pause", id);
}
RuntimeCommand resume_command(const RuntimeProgram& runtime, const std::string& id) {
  return simple_command(runtime, "resume", id);
}

}  // namespace berth::contract
