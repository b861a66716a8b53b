#include "runtime/start.h"

#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

Result<int> start_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime start", "CONTAINER", "Runs the payload of a created container.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  TRY(runtime::start(global.root, operands.values.front()).context("start container"));
  return 0;
}

}  // namespace berth::runtime_cli
