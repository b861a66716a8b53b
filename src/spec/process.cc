#include "spec/process.h"

#include "spec/encode.h"
#include "spec/validate.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, User& out) {
  TRY(json::read(value, "uid", out.uid));
  TRY(json::read(value, "gid", out.gid));
  TRY(json::read(value, "umask", out.umask));
  TRY(json::read(value, "additionalGids", out.additional_gids));
  return {};
}

void encode(json::Writer& out, const User& user) {
  out.begin_object();
  put_always(out, "uid", user.uid);
  put_always(out, "gid", user.gid);
  put(out, "umask", user.umask);
  put(out, "additionalGids", user.additional_gids);
  out.end_object();
}

Result<void> decode(const json::Value& value, ConsoleSize& out) {
  TRY(json::read_required(value, "height", out.height));
  TRY(json::read_required(value, "width", out.width));
  return {};
}

void encode(json::Writer& out, const ConsoleSize& size) {
  out.begin_object();
  put_always(out, "height", size.height);
  put_always(out, "width", size.width);
  out.end_object();
}

Result<void> decode(const json::Value& value, Process& out) {
  TRY(json::read(value, "terminal", out.terminal));
  TRY(json::read(value, "consoleSize", out.console_size));
  TRY(json::read(value, "user", out.user));
  TRY(json::read(value, "args", out.args));
  TRY(json::read(value, "env", out.env));
  TRY(json::read_required(value, "cwd", out.cwd));
  TRY(json::read(value, "capabilities", out.capabilities));
  TRY(json::read(value, "rlimits", out.rlimits));
  TRY(json::read(value, "noNewPrivileges", out.no_new_privileges));
  TRY(json::read(value, "apparmorProfile", out.apparmor_profile));
  TRY(json::read(value, "oomScoreAdj", out.oom_score_adj));
  TRY(json::read(value, "scheduler", out.scheduler));
  TRY(json::read(value, "selinuxLabel", out.selinux_label));
  TRY(json::read(value, "ioPriority", out.io_priority));
  TRY(json::read(value, "execCPUAffinity", out.exec_cpu_affinity));
  return {};
}

void encode(json::Writer& out, const Process& process) {
  out.begin_object();
  put(out, "terminal", process.terminal);
  put(out, "consoleSize", process.console_size);
  put_always(out, "user", process.user);
  put(out, "args", process.args);
  put(out, "env", process.env);
  put_always(out, "cwd", process.cwd);
  put(out, "capabilities", process.capabilities);
  put(out, "rlimits", process.rlimits);
  put(out, "noNewPrivileges", process.no_new_privileges);
  put(out, "apparmorProfile", process.apparmor_profile);
  put(out, "oomScoreAdj", process.oom_score_adj);
  put(out, "scheduler", process.scheduler);
  put(out, "selinuxLabel", process.selinux_label);
  put(out, "ioPriority", process.io_priority);
  put(out, "execCPUAffinity", process.exec_cpu_affinity);
  out.end_object();
}

Result<Process> parse_process(std::string_view text, std::string_view name) {
  TRY_ASSIGN(const auto document, json::Document::parse(text, name));
  Process process;
  TRY(decode(document.root(), process));
  TRY(validate(process, concat(name, ": ")));
  return process;
}

}  // namespace berth::spec
