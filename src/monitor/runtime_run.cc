#include "monitor/runtime_run.h"

#include <fcntl.h>

#include <csignal>

#include "base/text.h"
#include "contract/runtime_command.h"
#include "sys/file.h"

namespace berth::monitor {

namespace {

constexpr std::size_t kMaxMessage = 8191;

sys::SpawnOptions spawn_options(const contract::MonitorOptions& options, const std::string& console_socket,
                                const RuntimeStdio& stdio) {
  sys::SpawnOptions spawn{.argv = runtime_argv(options, console_socket)};
  if (stdio.streams == nullptr) {
    spawn.stdin_fd = 0;
    spawn.stdout_fd = 1;
  } else {
    spawn.stdin_fd = stdio.streams->payload_input.get();
    spawn.stdout_fd = stdio.streams->payload_output.get();
    spawn.stderr_fd = stdio.streams->payload_errors.get();
  }
  for (const UniqueFd& fd : *stdio.inherited) spawn.inherit_fds.emplace_back(fd.get(), fd.get());
  spawn.parent_death_signal = SIGKILL;
  if (options.replace_listen_pid) spawn.own_pid_variable = "LISTEN_PID";
  return spawn;
}

}  // namespace

std::vector<std::string> runtime_argv(const contract::MonitorOptions& options,
                                      const std::string& console_socket) {
  const contract::RuntimeProgram runtime{.path = options.runtime,
                                         .args = options.runtime_args,
                                         .systemd_cgroup = options.systemd_cgroup && !options.exec};
  if (options.exec) {
    return contract::exec_command(runtime,
                                  {.pid_file = options.container_pid_file,
                                   .process_spec = options.exec_process_spec,
                                   .console_socket = console_socket,
                                   .options = options.runtime_opts},
                                  options.cid);
  }
  return contract::create_command(runtime,
                                  {.bundle = options.bundle,
                                   .pid_file = options.container_pid_file,
                                   .console_socket = console_socket,
                                   .no_pivot = options.no_pivot,
                                   .no_new_keyring = options.no_new_keyring,
                                   .restore_from = options.restore,
                                   .options = options.runtime_opts},
                                  options.cid);
}

Result<sys::ExitStatus> run_runtime(sys::EventLoop& loop, const contract::MonitorOptions& options,
                                    const std::string& console_socket, const RuntimeStdio& stdio,
                                    supervise::SignalRelay& signals) {
  TRY_ASSIGN(auto child, sys::Child::spawn(spawn_options(options, console_socket, stdio)));
  bool ended = false;
  TRY_ASSIGN(const auto watch,
             loop.watch(child.process().fd(), EPOLLIN, [&ended](std::uint32_t) { ended = true; }));
  signals.aim(&child.process());
  while (!ended) TRY(loop.run_once(-1));
  signals.aim(nullptr);
  return child.wait();
}

std::string runtime_message(const supervise::StdioStreams& streams, const sys::ExitStatus& status) {
  std::string text(kMaxMessage, '\0');
  std::size_t size = 0;
  // Somebody may still hold the pipe open: what is there is there.
  ::fcntl(streams.errors.get(), F_SETFL, O_NONBLOCK);
  while (size < text.size()) {
    const auto count = sys::read_some(streams.errors, text.data() + size, text.size() - size);
    if (!count || *count == 0) break;
    size += *count;
  }
  text.resize(size);
  if (text.empty()) text = concat("the OCI runtime ended with exit status ", status.code());
  return text;
}

}  // namespace berth::monitor
