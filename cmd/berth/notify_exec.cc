// berth notify exec: a service manager for machines, and containers, that have none.
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "systemd/embedded_manager.h"

namespace berth {

Result<int> notify_exec(const flags::Arguments& args) {
  systemd::EmbeddedManagerOptions options;
  std::optional<unsigned> timeout_seconds;
  flags::Parser parser(
      "berth notify exec", "[--] COMMAND [ARGUMENT...]",
      "Runs COMMAND with a NOTIFY_SOCKET, prints each message that it sends, and ends with 0 at\n"
      "READY=1; COMMAND runs on in the background then. 124: it took too long and was stopped.");
  parser.number("timeout", 't', "SECONDS", "stop the command when the goal is not reached in time",
                timeout_seconds);
  parser.custom("until", 0, "READY|STOPPING|exit",
                "what to wait for (default READY; exit: the command's exit code)",
                [&](const std::string& text) -> Result<void> {
                  TRY_ASSIGN(options.goal, systemd::parse_manager_goal(text));
                  return {};
                });
  TRY_ASSIGN(flags::Operands operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty()) return parser.error("expected a command");
  options.argv = std::move(operands.values);
  if (timeout_seconds) options.timeout = std::chrono::seconds(*timeout_seconds);
  return systemd::run_embedded_manager(options);
}

}  // namespace berth
