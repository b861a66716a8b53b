#include "engine/monitor_launch.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/text.h"
#include "contract/sync_pipe.h"
#include "engine/programs.h"
#include "engine/runtime_call.h"
#include "engine/service_notify.h"
#include "sys/child.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr int kFirstFd = 3;  // of those handed on by the service manager; behind them the sync pipe
constexpr std::size_t kMaxSyncLine = 64U << 10U;

// What a service manager addresses to the process that it started.
constexpr std::array<std::string_view, 9> kPrivate = {"NOTIFY_SOCKET",  "LISTEN_FDS",       "LISTEN_PID",
                                                      "LISTEN_FDNAMES", "WATCHDOG_USEC",    "WATCHDOG_PID",
                                                      "MAINPID",        "SYSTEMD_EXEC_PID", "_OCI_SYNCPIPE"};

bool is_private(std::string_view assignment) {
  const auto name = assignment.substr(0, assignment.find('='));
  return std::find(kPrivate.begin(), kPrivate.end(), name) != kPrivate.end();
}

std::vector<std::string> log_paths(const ContainerConfig& config) {
  if (config.log_driver == "k8s-file" || config.log_driver == "json-file") {
    return {concat(config.log_driver, ':', config.log_path)};
  }
  return {config.log_driver};
}

}  // namespace

Result<contract::MonitorOptions> monitor_options(const Engine& engine, const ContainerConfig& config,
                                                 bool sync, const std::string& notify_socket) {
  const RunDir run_dir = engine.run_dir(config);
  TRY_ASSIGN(const auto runtime, engine.runtime_of(config));
  TRY_ASSIGN(auto self, own_program());
  return contract::MonitorOptions{
      .api_version = 1,
      .cid = config.id,
      .cuuid = config.id,
      .name = config.name,
      .bundle = run_dir.path,
      .persist_dir = run_dir.persist_dir(),
      .container_pid_file = run_dir.container_pid_file(),
      .monitor_pid_file = run_dir.monitor_pid_file(),
      .runtime = runtime.path,
      .runtime_args = runtime.args,
      .sync = sync,
      .terminal = config.terminal,
      // Of a terminal only the container's side is ever closed: a client may come back.
      .stdin_open = config.interactive && !config.terminal,
      .full_attach = true,
      .timeout_seconds = static_cast<int>(config.timeout),
      .exit_dir = run_dir.exit_dir(),
      .exit_command = std::move(self),
      .exit_command_args = {"--root", engine.paths.root, "--runroot", engine.paths.run_root, "container",
                            "cleanup", config.id},
      .log_paths = log_paths(config),
      .log_size_max = config.log_size_max,
      .log_tag = config.log_tag,
      .sdnotify_socket = notify_socket,
      .sdnotify_mode = sync && config.sdnotify == "conmon" ? config.sdnotify : std::string(),
      .stop_signal = sync ? config.stop_signal : SIGTERM,
      .log_stdout_priority = config.log_stdout_priority,
      .log_stderr_priority = config.log_stderr_priority,
      .sdnotify_allow = config.sdnotify_allow,
  };
}

std::vector<std::string> monitor_environment(int sync_fd, bool listen_fds) {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const bool handed_on = listen_fds && std::string_view(*entry).starts_with("LISTEN_");
    if (handed_on || !is_private(*entry)) environment.emplace_back(*entry);
  }
  environment.push_back(concat(contract::kSyncPipeVariable, '=', sync_fd));
  return environment;
}

Result<pid_t> read_created_pid(FdRef sync_pipe) {
  std::string line;
  std::array<char, 4096> buffer{};
  while (line.find('\n') == std::string::npos && line.size() < kMaxSyncLine) {
    TRY_ASSIGN(const auto count, sys::read_some(sync_pipe, buffer.data(), buffer.size()));
    if (count == 0) break;
    line.append(buffer.data(), count);
  }
  if (line.empty()) return Error::message("the monitor ended before the container was created");
  TRY_ASSIGN(const auto message, contract::parse_sync_message(line.substr(0, line.find('\n'))));
  if (message.data > 0) return message.data;
  return runtime_error(message.message);
}

Result<pid_t> launch_monitor(const Engine& engine, const ContainerConfig& config,
                             const std::string& notify_socket) {
  const auto listen_fds = static_cast<int>(listen_fd_count());
  TRY_ASSIGN(const auto program, find_program(config.monitor, "berth-monitor"));
  TRY_ASSIGN(auto options, monitor_options(engine, config, false, notify_socket));
  options.replace_listen_pid = listen_fds > 0;
  TRY_ASSIGN(auto sync, sys::Pipe::make());
  const bool passthrough = config.log_driver == "passthrough";
  const int sync_fd = kFirstFd + listen_fds;
  sys::SpawnOptions spawn{.argv = contract::to_argv(options, program),
                          .environment = monitor_environment(sync_fd, listen_fds > 0),
                          .inherit_environment = false,
                          .stdin_fd = passthrough ? STDIN_FILENO : -1,
                          .stdout_fd = passthrough ? STDOUT_FILENO : -1,
                          .inherit_fds = {{sync.write_end.get(), sync_fd}}};
  for (int fd = kFirstFd; fd < sync_fd; ++fd) spawn.inherit_fds.emplace_back(fd, fd);
  TRY_ASSIGN(auto monitor, sys::Child::spawn(spawn));
  sync.write_end.reset();
  auto pid = read_created_pid(sync.read_end);
  TRY(monitor.wait());  // the process that forked the monitor proper
  return pid;
}

}  // namespace berth::engine
