#include "contract/monitor_command.h"

#include "base/text.h"

namespace berth::contract {

namespace {

constexpr int kDefaultStopSignal = 15;

class Arguments {
 public:
  explicit Arguments(std::string_view program) { argv_.emplace_back(program); }

  void toggle(std::string_view flag, bool value) {
    if (value) argv_.emplace_back(flag);
  }
  void text(std::string_view flag, const std::string& value) {
    if (value.empty()) return;
    argv_.emplace_back(flag);
    argv_.push_back(value);
  }
  template <class Int>
  void number(std::string_view flag, Int value, Int absent) {
    if (value == absent) return;
    argv_.emplace_back(flag);
    argv_.push_back(concat(value));
  }
  void list(std::string_view flag, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      argv_.emplace_back(flag);
      argv_.push_back(value);
    }
  }
  std::vector<std::string> take() && { return std::move(argv_); }

 private:
  std::vector<std::string> argv_;
};

void add_container(Arguments& out, const MonitorOptions& options) {
  out.number("--api-version", options.api_version, 0);
  out.text("--cid", options.cid);
  out.text("--cuuid", options.cuuid);
  out.text("--name", options.name);
  out.text("--bundle", options.bundle);
  out.text("--persist-dir", options.persist_dir);
  out.text("--container-pidfile", options.container_pid_file);
  out.text("--conmon-pidfile", options.monitor_pid_file);
}

void add_runtime(Arguments& out, const MonitorOptions& options) {
  out.text("--runtime", options.runtime);
  out.list("--runtime-arg", options.runtime_args);
  out.list("--runtime-opt", options.runtime_opts);
  out.toggle("--systemd-cgroup", options.systemd_cgroup);
  out.toggle("--no-pivot", options.no_pivot);
  out.toggle("--no-new-keyring", options.no_new_keyring);
  out.toggle("--replace-listen-pid", options.replace_listen_pid);
  out.text("--restore", options.restore);
  out.toggle("--exec", options.exec);
  out.text("--exec-process-spec", options.exec_process_spec);
  out.toggle("--exec-attach", options.exec_attach);
}

void add_streams(Arguments& out, const MonitorOptions& options) {
  out.toggle("--sync", options.sync);
  out.toggle("--terminal", options.terminal);
  out.toggle("--stdin", options.stdin_open);
  out.toggle("--leave-stdin-open", options.leave_stdin_open);
  out.text("--socket-dir-path", options.socket_dir_path);
  out.toggle("--full-attach", options.full_attach);
  out.number("--timeout", options.timeout_seconds, 0);
}

void add_exit(Arguments& out, const MonitorOptions& options) {
  out.text("--exit-dir", options.exit_dir);
  out.text("--exit-command", options.exit_command);
  out.list("--exit-command-arg", options.exit_command_args);
  out.number("--exit-delay", options.exit_delay_seconds, 0);
}

void add_logs(Arguments& out, const MonitorOptions& options) {
  out.list("--log-path", options.log_paths);
  out.number("--log-size-max", options.log_size_max, std::int64_t{-1});
  out.number("--log-global-size-max", options.log_global_size_max, std::int64_t{-1});
  out.toggle("--log-rotate", options.log_rotate);
  out.number("--log-max-files", options.log_max_files, 1);
  out.text("--log-tag", options.log_tag);
  out.list("--log-label", options.log_labels);
  out.list("--log-allowlist-dir", options.log_allowlist_dirs);
  out.number("--log-stdout-priority", options.log_stdout_priority, kStdoutPriority);
  out.number("--log-stderr-priority", options.log_stderr_priority, kStderrPriority);
  out.toggle("--no-container-partial-message", options.no_container_partial_message);
  out.toggle("--no-sync-log", options.no_sync_log);
  out.text("--log-level", options.log_level);
  out.toggle("--syslog", options.syslog);
}

void add_notify(Arguments& out, const MonitorOptions& options) {
  out.text("--sdnotify-socket", options.sdnotify_socket);
  out.text("--seccomp-notify-socket", options.seccomp_notify_socket);
  out.text("--seccomp-notify-plugins", options.seccomp_notify_plugins);
  out.text("--sdnotify-mode", options.sdnotify_mode);
  if (options.stop_signal != kDefaultStopSignal) out.text("--stop-signal", concat(options.stop_signal));
  if (!options.sdnotify_allow.empty()) out.text("--sdnotify-allow", join(options.sdnotify_allow, ","));
}

}  // namespace

std::vector<std::string> to_argv(const MonitorOptions& options, std::string_view program) {
  Arguments out(program);
  add_container(out, options);
  add_runtime(out, options);
  add_streams(out, options);
  add_exit(out, options);
  add_logs(out, options);
  add_notify(out, options);
  return std::move(out).take();
}

}  // namespace berth::contract
