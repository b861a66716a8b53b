#include "berth-runtime/global_flags.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/privilege.h"

namespace berth::runtime_cli {

namespace {

struct LogFlags {
  std::string file;
  std::string format = "text";
  std::string level = "info";
  bool debug = false;
};

Result<log::Level> level_of(const flags::Parser& parser, const LogFlags& flags) {
  if (flags.debug || flags.level == "debug" || flags.level == "trace") return log::Level::debug;
  if (flags.level == "info") return log::Level::info;
  if (flags.level == "warning" || flags.level == "warn") return log::Level::warning;
  if (flags.level == "error" || flags.level == "fatal" || flags.level == "panic") return log::Level::error;
  return parser.error(
      concat("--log-level: expected debug, info, warning or error, found \"", flags.level, "\""));
}

Result<void> set_up_log(const flags::Parser& parser, const LogFlags& flags) {
  TRY_ASSIGN(const log::Level level, level_of(parser, flags));
  log::set_level(level);
  if (flags.format != "text" && flags.format != "json")
    return parser.error(concat("--log-format: expected text or json, found \"", flags.format, "\""));
  if (flags.file.empty()) return {};
  TRY_ASSIGN(UniqueFd file, sys::open(flags.file, O_WRONLY | O_CREAT | O_APPEND, 0644).context("--log"));
  log::set_file(std::move(file), flags.format == "json" ? log::Format::json : log::Format::text);
  return {};
}

// crun's way of saying it; podman asks so for a container without a cgroup of its own (--cgroups=disabled).
Result<void> set_cgroup_manager(const flags::Parser& parser, const std::string& manager, Global& global) {
  if (manager == "systemd") {
    global.systemd_cgroup = true;
  } else if (manager == "disabled") {
    global.without_cgroup = true;
  } else if (!manager.empty() && manager != "cgroupfs") {
    return parser.error(
        concat("--cgroup-manager: expected cgroupfs, systemd or disabled, found \"", manager, "\""));
  }
  return {};
}

}  // namespace

std::string default_root() {
  const char* runtime_dir = ::getenv("XDG_RUNTIME_DIR");
  if (runtime_dir != nullptr && *runtime_dir != '\0' && !sys::is_machine_root())
    return concat(runtime_dir, "/berth-runtime");
  return "/run/berth-runtime";
}

Result<CommandLine> parse_command_line(const flags::Arguments& args, std::string (*commands)()) {
  flags::Parser parser("berth-runtime", "COMMAND [ARGUMENT...]", "An OCI runtime with runc's command line.");
  CommandLine line;
  line.global.root = default_root();
  LogFlags log_flags;
  std::string rootless;
  std::string cgroup_manager;
  parser.single_dash()
      .value("root", 0, "DIR", "where the state of containers is kept", line.global.root)
      .value("log", 0, "FILE", "also write diagnostics to FILE", log_flags.file)
      .value("log-format", 0, "FORMAT", "of that file: text or json", log_flags.format)
      .value("log-level", 0, "LEVEL", "debug, info, warning or error", log_flags.level)
      .toggle("debug", 0, "the same as --log-level debug", log_flags.debug)
      .toggle("systemd-cgroup", 0, "a container's cgroup is a scope of systemd's", line.global.systemd_cgroup)
      .value("cgroup-manager", 0, "MANAGER", "cgroupfs, systemd, or disabled: no cgroup of its own",
             cgroup_manager)
      .value("rootless", 0, "MODE", "true, false or auto: found out by itself", rootless)
      .ignored("criu", 0, "PATH")
      .toggle("version", 'v', "print the version", line.version);
  TRY_ASSIGN(auto operands, parser.parse(args));
  line.help = operands.help;
  TRY(set_up_log(parser, log_flags));
  if (line.help || operands.values.empty() || operands.values.front() == "help")
    line.usage = concat(parser.usage(), "\nCommands:\n", commands());
  TRY(set_cgroup_manager(parser, cgroup_manager, line.global));
  if (operands.values.empty()) return line;
  line.global.root = sys::absolute_path(line.global.root);
  line.command = operands.values.front();
  line.arguments.assign(operands.values.begin() + 1, operands.values.end());
  return line;
}

}  // namespace berth::runtime_cli
