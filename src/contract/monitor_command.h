// The command line of a container monitor: conmon's (2.1 and 2.2), flag for flag, as one value.
//
// The engine fills it in and calls to_argv(); berth-monitor parses the same flags back into it. A member that
// keeps its default produces no flag. Where conmon 2.2 has a flag that conmon 2.1 does not know, the member
// says so: leave it at its default when the monitor may be an old conmon. Flags of our own carry no peer and
// go only to berth-monitor. conmon(8).
//
// Beside the command line there are the pipes that the caller passes by number in the environment:
//   _OCI_STARTPIPE  the monitor reads one byte (or end of file) before it does anything: the caller has put
//   it
//                   into its cgroup by then
//   _OCI_SYNCPIPE   contract/sync_pipe.h
//   _OCI_ATTACHPIPE exec sessions with exec_attach: {"data": 0} when the attach socket listens; the runtime
//   is
//                   run only after a second write on _OCI_STARTPIPE
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "contract/log_priority.h"

namespace berth::contract {

inline constexpr std::string_view kStartPipeVariable = "_OCI_STARTPIPE";
inline constexpr std::string_view kSyncPipeVariable = "_OCI_SYNCPIPE";
inline constexpr std::string_view kAttachPipeVariable = "_OCI_ATTACHPIPE";

struct MonitorOptions {
  int api_version = 0;  // --api-version; 1 and above: "data" on the sync pipe, exec reports pid and status
  std::string cid;      // -c, what the runtime calls the container; required
  std::string cuuid;    // -u, names the directory of the attach socket; required but for a legacy exec
  std::string name;     // -n, for log drivers
  std::string bundle;   // -b; empty: the working directory
  std::string persist_dir;         // -0: gets "exit" and "oom"
  std::string container_pid_file;  // -p; empty: pidfile-CID in the working directory
  std::string monitor_pid_file;    // -P

  std::string runtime;                    // -r, an executable file; required
  std::vector<std::string> runtime_args;  // --runtime-arg: before the runtime's subcommand
  std::vector<std::string> runtime_opts;  // --runtime-opt: after it
  bool systemd_cgroup = false;            // -s
  bool no_pivot = false;
  bool no_new_keyring = false;
  bool replace_listen_pid = false;
  std::string restore;  // checkpoint directory: `runtime restore` instead of create

  bool exec = false;              // -e: an exec session in a running container
  std::string exec_process_spec;  // required with exec
  bool exec_attach = false;       // needs exec and api_version 1

  bool sync = false;              // one process, the caller's child: its exit status is the container's
  bool terminal = false;          // -t
  bool stdin_open = false;        // -i
  bool leave_stdin_open = false;  // stdin survives the client that was attached
  std::string socket_dir_path;    // default of the monitor: /var/run/crio
  bool full_attach = false;       // the attach socket's directory is the bundle, without a link
  int timeout_seconds = 0;        // -T; 0: none

  std::string exit_dir;  // gets a file CID with the exit status in decimal
  std::string exit_command;
  std::vector<std::string> exit_command_args;
  int exit_delay_seconds = 0;

  std::vector<std::string> log_paths;     // -l DRIVER:PATH, several at once; required
  std::int64_t log_size_max = -1;         // bytes
  std::int64_t log_global_size_max = -1;  // bytes (2.1.5)
  bool log_rotate = false;                // 2.2
  int log_max_files = 1;                  // 2.2: old files that are kept
  std::string log_tag;
  std::vector<std::string> log_labels;          // 2.2: LABEL=VALUE
  std::vector<std::string> log_allowlist_dirs;  // 2.2
  bool no_container_partial_message = false;    // 2.2
  bool no_sync_log = false;
  std::string log_level;  // of the monitor itself: error, warning, info, debug, trace
  bool syslog = false;

  std::string sdnotify_socket;  // the host's; the payload's end is BUNDLE/notify/notify.sock
  std::string seccomp_notify_socket;
  std::string seccomp_notify_plugins;

  // Our own. sdnotify_mode: systemd/notify_policy.h; empty: container. With conmon and healthy the monitor says
  // READY=1, when the ctl FIFO has told it so.
  std::string sdnotify_mode;
  // What the payload gets when the monitor is asked to stop (SIGTERM): the main process of a unit hears only that.
  int stop_signal = 15;
  // Of a line in the journal without a prefix <N>.
  int log_stdout_priority = kStdoutPriority;
  int log_stderr_priority = kStderrPriority;
  // "mainpid", "notifyaccess", "fdstore[=N]"; off unless asked (power over the unit).
  std::vector<std::string> sdnotify_allow;
};

// `program` followed by the flags.
[[nodiscard]] std::vector<std::string> to_argv(const MonitorOptions& options, std::string_view program);

}  // namespace berth::contract
