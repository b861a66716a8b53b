#include "engine/exec.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "base/scope_exit.h"
#include "base/text.h"
#include "contract/runtime_command.h"
#include "engine/attach.h"
#include "engine/container_name.h"
#include "engine/environment.h"
#include "engine/exec_session.h"
#include "engine/process_identity.h"
#include "engine/rootfs.h"
#include "engine/runtime_call.h"
#include "engine/spec_security.h"
#include "engine/user.h"
#include "spec/config_writer.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::engine {

namespace {

// What the container's own process was started with, the user's wishes put over it.
Result<spec::Process> build_process(const ContainerConfig& config, const spec::Process& payload,
                                    const ExecOptions& options) {
  spec::Process process = payload;
  process.terminal = options.terminal;
  process.args = options.command;
  if (!options.working_directory.empty()) process.cwd = options.working_directory;
  if (!options.user.empty()) {
    TRY_ASSIGN(const auto rootfs, Rootfs::open(config.rootfs));
    TRY_ASSIGN(const auto passwd, rootfs.read_optional("/etc/passwd"));
    TRY_ASSIGN(const auto group, rootfs.read_optional("/etc/group"));
    TRY_ASSIGN(const auto user, resolve_user(options.user, passwd, group));
    process.user.uid = user.uid;
    process.user.gid = user.gid;
    process.user.additional_gids = user.additional_gids;
    set_variable(process.env, "HOME", user.home);
    TRY_ASSIGN(process.capabilities, container_capabilities(config.security, user));
  }
  if (options.privileged) {
    TRY_ASSIGN(process.capabilities, container_capabilities({.privileged = true}, {.uid = process.user.uid}));
  }
  // The line to the service manager is the payload's alone.
  std::erase_if(process.env, [](const std::string& entry) { return entry.starts_with("NOTIFY_SOCKET="); });
  if (options.terminal) set_variable(process.env, "TERM", "xterm");
  for (const std::string& entry : options.environment) {
    const auto pair = split_once(entry, '=');
    if (pair) set_variable(process.env, pair->first, pair->second);
  }
  return process;
}

// The files of one exec session, in the run directory of its container; removed when the process runs.
struct SessionFiles {
  std::string process_spec;
  std::string pid_file;
  std::string console_socket;

  static Result<SessionFiles> make(const RunDir& run_dir) {
    TRY_ASSIGN(const auto id, random_id());
    const std::string base = concat(run_dir.path, "/exec-", id.substr(0, kShortId));
    return SessionFiles{
        .process_spec = base + ".json", .pid_file = base + ".pid", .console_socket = base + ".sock"};
  }
  void remove() const {
    for (const std::string* file : {&process_spec, &pid_file, &console_socket})
      ignore(sys::remove_file(*file));
  }
};

// The process; or, when the runtime refused and has told the user so itself, the exit code for it.
struct Started {
  sys::PidFd process;
  int refused = 0;
};

Result<Started> start_process(const contract::RuntimeProgram& runtime, const SessionFiles& files,
                              const std::string& id, const ExecOptions& options) {
  contract::RuntimeExec exec{.pid_file = files.pid_file, .process_spec = files.process_spec};
  if (options.terminal) exec.console_socket = files.console_socket;
  // Its stderr is the process's too, so what the runtime has to say goes to a log of its own.
  const std::string log = files.pid_file + ".log";
  contract::RuntimeProgram logging = runtime;
  logging.args.insert(logging.args.end(), {"--log", log, "--log-format", "json"});
  const ScopeExit remove_log([&] { ::unlink(log.c_str()); });
  const bool with_streams = !options.detach && !options.terminal;
  UniqueFd null;
  TRY_ASSIGN(null, sys::open("/dev/null", O_RDWR));
  TRY_ASSIGN(auto child,
             sys::Child::spawn({.argv = contract::exec_command(logging, exec, id),
                                .stdin_fd = with_streams && options.interactive ? STDIN_FILENO : -1,
                                .stdout_fd = with_streams ? STDOUT_FILENO : -1,
                                .stderr_fd = with_streams ? STDERR_FILENO : null.get()}));
  TRY_ASSIGN(const auto status, child.wait());
  if (status.code() != 0) {
    Error why = runtime_error(sys::read_file(log).value_or(""));
    if (!with_streams) return why;
    return Started{.refused = why.exit_code()};  // our stderr was the runtime's, too
  }
  const pid_t pid = read_pid_file(files.pid_file);
  // It is our child by now, so its pid cannot be another's: nobody but us can reap it.
  TRY_ASSIGN(auto process, sys::PidFd::open(pid));
  return Started{.process = std::move(process)};
}

Result<int> wait_for(const sys::PidFd& process) {
  TRY_ASSIGN(const auto status, process.reap(true));
  return status->code();
}

Result<spec::Process> payload_process(const RunDir& run_dir) {
  TRY_ASSIGN(const auto config, spec::load_config(run_dir.path));
  return config.process;
}

}  // namespace

Result<int> exec_in(Engine& engine, const std::string& id, const ExecOptions& options) {
  TRY_ASSIGN(const auto container, engine.store.load(id));
  if (!container) return Error::message(concat("no such container: ", id), ENOENT);
  if (container->status.phase != Phase::running) {
    return Error::message(concat("cannot exec in container ", container->config.name, ": it is ",
                                 status_word(container->status.phase), ", not running"),
                          EINVAL);
  }
  const RunDir run_dir = engine.run_dir(container->config);
  TRY_ASSIGN(const auto runtime, engine.runtime_of(container->config));
  TRY_ASSIGN(const auto payload, payload_process(run_dir));
  TRY_ASSIGN(const auto process, build_process(container->config, payload, options));
  TRY_ASSIGN(const auto files, SessionFiles::make(run_dir));
  const ScopeExit remove_files([&] { files.remove(); });
  TRY(sys::write_file(files.process_spec, spec::to_json(process), 0600));
  UniqueFd console;
  if (options.terminal) {
    TRY_ASSIGN(console, sys::listen_socket(files.console_socket, SOCK_STREAM, 0600));
  }
  if (!options.detach && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return Error::sys("prctl");
  hold_proxied_signals();
  TRY_ASSIGN(const auto started, start_process(runtime, files, id, options));
  if (started.refused != 0) return started.refused;
  if (options.detach) return 0;
  const sys::PidFd& running = started.process;
  if (!options.terminal) TRY(pass_signals_until_exit(running));
  if (options.terminal) {
    TRY_ASSIGN(const auto end, relay_terminal(console, running, options.interactive, options.detach_keys));
    if (end == AttachEnd::detached) return 0;
  }
  return wait_for(running);
}

}  // namespace berth::engine
