#include "runtime/kill.h"

#include "base/text.h"
#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

Result<int> kill_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime kill", "CONTAINER [SIGNAL]",
                       "Sends a signal (SIGTERM) to a container's init.");
  bool all = false;
  parser.toggle("all", 'a', "to every process of the container", all).interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 2));
  const std::string name = operands.values.size() == 2 ? operands.values[1] : "SIGTERM";
  const auto signal = runtime::parse_signal(name);
  if (!signal) return parser.error(concat("expected a signal's name or number, found \"", name, "\""));
  TRY(runtime::kill(global.root, operands.values.front(), *signal, all).context("kill container"));
  return 0;
}

}  // namespace berth::runtime_cli
