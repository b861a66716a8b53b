#include "runtime/exec.h"

#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

namespace {

void add_process_flags(flags::Parser& parser, runtime::ExecRequest& request) {
  parser.value("process", 'p', "FILE", "a process.json with all of the process", request.process_file)
      .toggle("tty", 't', "with a terminal", request.terminal)
      .value("user", 'u', "UID[:GID]", "as this user", request.user)
      .value("cwd", 0, "DIR", "working directory in the container", request.cwd)
      .list("env", 'e', "K=V", "adds to the environment", request.env)
      .list("cap", 'c', "CAP", "adds a capability", request.capabilities)
      .custom("additional-gids", 'g', "GID", "adds a group",
              [&](const std::string& text) -> Result<void> {
                const auto gid = parse_number<std::uint32_t>(text);
                if (!gid)
                  return Error::invalid("--additional-gids", concat("expected a number, found ", text));
                request.additional_gids.push_back(*gid);
                return {};
              })
      .custom("no-new-privs", 0, "", "no privileges by execve",
              [&](const std::string& text) -> Result<void> {
                request.no_new_privileges = text != "false";
                return {};
              })
      .value("apparmor", 0, "PROFILE", "AppArmor profile", request.apparmor_profile)
      .value("process-label", 0, "LABEL", "SELinux label", request.selinux_label);
}

}  // namespace

Result<int> exec_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime exec", "CONTAINER COMMAND [ARGUMENT...]",
                       "Runs one more process in a container.");
  runtime::ExecRequest request;
  request.root = global.root;
  bool no_subreaper = false;
  add_process_flags(parser, request);
  parser
      .value("console-socket", 0, "PATH", "socket that receives the master of the terminal",
             request.console_socket)
      .toggle("detach", 'd', "do not wait for the process's end", request.detach)
      .value("pid-file", 0, "PATH", "where to write the pid of the process", request.pid_file)
      .number("preserve-fds", 0, "N", "pass descriptors 3 to 3+N-1 on to the process", request.preserved_fds)
      .value("cgroup", 0, "PATH", "in this cgroup below the container's", request.cgroup)
      .toggle("ignore-paused", 0, "also in a paused container", request.ignore_paused)
      .toggle("no-subreaper", 0, "do not reap orphans", no_subreaper)
      .single_dash();
  TRY_ASSIGN(auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  if (operands.values.empty()) return parser.error("expected a container, found nothing");
  request.id = operands.values.front();
  request.args.assign(operands.values.begin() + 1, operands.values.end());
  request.subreaper = !no_subreaper;
  auto code = runtime::exec(request).context("exec");
  constexpr int kExecFailed = 255;  // runc's, told from a payload's exit code by the engines' logs only
  if (!code && code.error().exit_code() == 0) return std::move(code).error().with_exit_code(kExecFailed);
  return code;
}

}  // namespace berth::runtime_cli
