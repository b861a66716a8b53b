#include "berth-runtime/commands.h"
#include "runtime/list.h"

namespace berth::runtime_cli {

Result<int> state_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime state", "CONTAINER", "Prints the state of a container as JSON.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  TRY_ASSIGN(const auto found, runtime::find(global.root, operands.values.front()));
  return print(runtime::state_document(found));
}

}  // namespace berth::runtime_cli
