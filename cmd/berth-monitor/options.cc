#include "berth-monitor/options.h"

#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth {

namespace {

void add_container(flags::Parser& parser, contract::MonitorOptions& o) {
  parser.value("cid", 'c', "ID", "the container's id", o.cid)
      .value("cuuid", 'u', "UUID", "names the attach socket's directory", o.cuuid)
      .value("name", 'n', "NAME", "the container's name, for logs", o.name)
      .value("bundle", 'b', "DIR", "the OCI bundle (default: the working directory)", o.bundle)
      .value("persist-dir", '0', "DIR", "gets the files exit and oom", o.persist_dir)
      .value("container-pidfile", 'p', "FILE", "gets the pid of the container's init", o.container_pid_file)
      .value("pidfile", 0, "FILE", "the same (deprecated)", o.container_pid_file)
      .value("conmon-pidfile", 'P', "FILE", "gets the monitor's pid", o.monitor_pid_file)
      .custom("api-version", 0, "", "1: \"data\" on the sync pipe, exec tells pid and status",
              [&o](const std::string& text) -> Result<void> {
                o.api_version = parse_number<int>(text).value_or(1);
                return {};
              });
}

void add_runtime(flags::Parser& parser, contract::MonitorOptions& o) {
  parser.value("runtime", 'r', "PROGRAM", "the OCI runtime", o.runtime)
      .list("runtime-arg", 0, "ARG", "for the runtime, before its subcommand (may repeat)", o.runtime_args)
      .list("runtime-opt", 0, "ARG", "for the runtime's subcommand (may repeat)", o.runtime_opts)
      .list("restore-arg", 0, "ARG", "the same (deprecated)", o.runtime_opts)
      .value("restore", 0, "DIR", "restore the checkpoint in DIR", o.restore)
      .toggle("systemd-cgroup", 's', "the runtime asks systemd for the cgroup", o.systemd_cgroup)
      .toggle("no-pivot", 0, "the runtime does not use pivot_root", o.no_pivot)
      .toggle("no-new-keyring", 0, "the runtime makes no session keyring", o.no_new_keyring)
      .toggle("replace-listen-pid", 0, "LISTEN_PID becomes the runtime's pid", o.replace_listen_pid)
      .toggle("exec", 'e', "run a process in the running container", o.exec)
      .value("exec-process-spec", 0, "FILE", "the process, as OCI JSON", o.exec_process_spec)
      .toggle("exec-attach", 0, "wait until the caller is attached", o.exec_attach);
}

void add_streams(flags::Parser& parser, contract::MonitorOptions& o) {
  parser.toggle("sync", 0, "do not fork: our exit status is the container's", o.sync)
      .toggle("terminal", 't', "the container has a terminal", o.terminal)
      .toggle("stdin", 'i', "the container has a stdin", o.stdin_open)
      .toggle("leave-stdin-open", 0, "stdin stays open when a client leaves", o.leave_stdin_open)
      .value("socket-dir-path", 0, "DIR", "where the attach socket is linked (default: /var/run/crio)",
             o.socket_dir_path)
      .toggle("full-attach", 0, "the attach socket is in the bundle, without a link", o.full_attach)
      .number("timeout", 'T', "SECONDS", "kill the container after this time", o.timeout_seconds)
      .value("exit-dir", 0, "DIR", "gets a file ID with the exit status", o.exit_dir)
      .value("exit-command", 0, "PROGRAM", "run when the container has ended", o.exit_command)
      .list("exit-command-arg", 0, "ARG", "for the exit command (may repeat)", o.exit_command_args)
      .number("exit-delay", 0, "SECONDS", "wait before the exit command", o.exit_delay_seconds);
}

std::function<Result<void>(const std::string&)> into(int& priority, std::string_view flag) {
  return [&priority, flag](const std::string& text) -> Result<void> {
    TRY_ASSIGN(priority, contract::parse_log_priority(flag, text));
    return {};
  };
}

void add_logs(flags::Parser& parser, contract::MonitorOptions& o) {
  parser
      .list("log-path", 'l', "DRIVER:PATH", "k8s-file, json-file, journald, passthrough or none (may repeat)",
            o.log_paths)
      .number("log-size-max", 0, "BYTES", "rotate a log file beyond this size", o.log_size_max)
      .number("log-global-size-max", 0, "BYTES", "drop output beyond this size in all", o.log_global_size_max)
      .toggle("log-rotate", 0, "keep old log files", o.log_rotate)
      .number("log-max-files", 0, "N", "how many old log files (default: 1)", o.log_max_files)
      .value("log-tag", 0, "TAG", "CONTAINER_TAG in the journal", o.log_tag)
      .list("log-label", 0, "LABEL=VALUE", "a field in the journal (may repeat)", o.log_labels)
      .custom("log-stdout-priority", 0, "PRIORITY", "of stdout in the journal (default: info)",
              into(o.log_stdout_priority, "--log-stdout-priority"))
      .custom("log-stderr-priority", 0, "PRIORITY", "of stderr in the journal (default: err)",
              into(o.log_stderr_priority, "--log-stderr-priority"))
      .list("log-allowlist-dir", 0, "DIR", "log files are below this one only (may repeat)",
            o.log_allowlist_dirs)
      .toggle("no-container-partial-message", 0, "no CONTAINER_PARTIAL_MESSAGE in the journal",
              o.no_container_partial_message)
      .toggle("no-sync-log", 0, "no fdatasync of log files at the end", o.no_sync_log)
      .value("log-level", 0, "LEVEL", "our own diagnostics: error, warning, info, debug, trace", o.log_level)
      .toggle("syslog", 0, "our own diagnostics also go to syslog", o.syslog);
}

void add_notify(flags::Parser& parser, contract::MonitorOptions& o) {
  parser
      .value("sdnotify-socket", 0, "SOCKET", "the host's NOTIFY_SOCKET; ours is BUNDLE/notify/notify.sock",
             o.sdnotify_socket)
      .number("stop-signal", 0, "N", "what the payload gets in the place of SIGTERM", o.stop_signal)
      .value("sdnotify-mode", 0, "MODE", "who says READY=1: container, conmon, healthy; or ignore",
             o.sdnotify_mode)
      .custom("sdnotify-allow", 0, "LIST", "what else may pass: mainpid, notifyaccess, fdstore[=N]",
              [&o](const std::string& text) -> Result<void> {
                for (const std::string_view word : split(text, ',')) o.sdnotify_allow.emplace_back(word);
                return {};
              })
      .value("seccomp-notify-socket", 0, "SOCKET",
             "where the runtime sends a filter's listener; it is closed", o.seccomp_notify_socket)
      .value("seccomp-notify-plugins", 0, "LIST", "needed with it; none is loaded", o.seccomp_notify_plugins);
}

// conmon takes --api-version without a value and ignores what follows; callers write "--api-version 1".
void join_api_version(flags::Arguments& args) {
  for (std::size_t at = 0; at + 1 < args.size(); ++at) {
    if (args[at] != "--api-version" || !parse_number<int>(args[at + 1])) continue;
    append(args[at], '=', args[at + 1]);
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    return;
  }
}

// conmon's names, which know no case.
Result<log::Level> parse_level(const std::string& text) {
  const auto is = [&](const char* name) { return ::strcasecmp(text.c_str(), name) == 0; };
  if (is("error") || is("fatal") || is("panic")) return log::Level::error;
  if (is("warn") || is("warning")) return log::Level::warning;
  if (is("info")) return log::Level::info;
  if (is("debug") || is("trace")) return log::Level::debug;
  return Error::invalid("--log-level", concat("no such level: ", text));
}

Result<void> set_up_log(const contract::MonitorOptions& options) {
  if (!options.log_level.empty()) {
    TRY_ASSIGN(const auto level, parse_level(options.log_level));
    log::set_level(level);
  }
  if (!options.syslog) return {};
  auto socket = sys::connect_socket("/dev/log", SOCK_DGRAM | SOCK_NONBLOCK);
  if (socket) log::set_file(std::move(*socket), log::Format::text);
  return {};
}

}  // namespace

Result<MonitorCommand> parse_monitor_command(flags::Arguments args) {
  MonitorCommand command;
  flags::Parser parser("berth-monitor", "", "Supervises one container; conmon's contract.");
  parser.interspersed();
  add_container(parser, command.options);
  add_runtime(parser, command.options);
  add_streams(parser, command.options);
  add_logs(parser, command.options);
  add_notify(parser, command.options);
  parser.toggle("version", 0, "print the version", command.version);
  join_api_version(args);
  TRY_ASSIGN(const auto operands, parser.parse(args));
  command.help = operands.help;
  if (command.help) command.usage = parser.usage();
  if (!command.help && !command.version) TRY(set_up_log(command.options));
  return command;
}

}  // namespace berth
