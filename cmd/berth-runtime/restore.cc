#include "runtime/restore.h"

#include "berth-runtime/commands.h"
#include "berth-runtime/criu_flags.h"

namespace berth::runtime_cli {

Result<int> restore_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime restore", "CONTAINER",
                       "Makes a container of what checkpoint has saved, and waits for its end.");
  runtime::RestoreRequest request;
  CriuFlags shared;
  shared.add_to(parser);
  bool no_subreaper = false;
  parser.value("bundle", 'b', "DIR", "the bundle (default: the working directory)", request.bundle)
      .value("console-socket", 0, "PATH", "socket that receives the master of the terminal",
             request.console_socket)
      .value("pid-file", 0, "PATH", "where to write the pid of the container's init", request.pid_file)
      .toggle("detach", 'd', "do not wait for the container's end", request.detach)
      .toggle("no-subreaper", 0, "do not reap the container's orphans", no_subreaper)
      .value("lsm-profile", 0, "TYPE:NAME", "another AppArmor or SELinux profile", shared.options.lsm_profile)
      .value("lsm-mount-context", 0, "CONTEXT", "another SELinux context for its mounts",
             shared.options.lsm_mount_context)
      .ignored("no-pivot", 0, "");  // criu changes the root in its own way
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  request.root = global.root;
  request.id = operands.values.front();
  request.image_path = shared.image_path;
  request.work_path = shared.work_path;
  request.criu = shared.options;
  request.systemd_cgroup = global.systemd_cgroup;
  request.subreaper = !no_subreaper;
  return runtime::restore(request).context("restore container");
}

}  // namespace berth::runtime_cli
