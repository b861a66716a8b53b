// berth exec: another process in a container that runs.
#include "engine/exec.h"

#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/detach_keys.h"
#include "engine/environment.h"

namespace berth {

namespace {

Result<void> take_environment(engine::ExecOptions& options, const std::vector<std::string>& files,
                              const std::vector<std::string>& variables) {
  for (const std::string& file : files) {
    TRY(engine::apply_env_file(options.environment, file).context("--env-file"));
  }
  for (const std::string& text : variables) {
    TRY(engine::apply_env_flag(options.environment, text).context("--env"));
  }
  return {};
}

}  // namespace

Result<int> exec(const flags::Arguments& args) {
  engine::ExecOptions options;
  std::string keys(engine::kDefaultDetachKeys);
  std::vector<std::string> files;
  std::vector<std::string> variables;
  flags::Parser parser("berth exec", "CONTAINER COMMAND [ARGUMENT...]",
                       "Runs a command in a container that runs.");
  parser.toggle("interactive", 'i', "pass our stdin on", options.interactive);
  parser.toggle("tty", 't', "give the command a terminal", options.terminal);
  parser.toggle("detach", 'd', "do not wait for it", options.detach);
  parser.list("env", 'e', "NAME[=VALUE]", "set an environment variable", variables);
  parser.list("env-file", 0, "FILE", "set the environment variables of FILE", files);
  parser.value("user", 'u', "USER[:GROUP]", "who it runs as (default: as the container)", options.user);
  parser.value("workdir", 'w', "DIR", "its working directory (default: the container's)",
               options.working_directory);
  parser.toggle("privileged", 0, "with all capabilities", options.privileged);
  parser.value("detach-keys", 0, "KEYS", "keys that leave the session (default: ctrl-p,ctrl-q)", keys);
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.size() < 2) return parser.error("expected a container and a command");
  TRY_ASSIGN(options.detach_keys, engine::parse_detach_keys(keys));
  TRY(take_environment(options, files, variables));
  options.command.assign(operands.values.begin() + 1, operands.values.end());
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto container, engine.store.find(operands.values.front()));
  TRY_ASSIGN(const int code, engine::exec_in(engine, container.config.id, options));
  return code & 0xff;
}

}  // namespace berth
