#include "runtime/start.h"

#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

Result<int> start_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime start", "CONTAINER", "Runs the payload of a created container.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  auto started = runtime::start(global.root, operands.values.front()).context("start container");
  if (!started) return std::move(started).error().with_exit_code(1);
  return 0;
}

}  // namespace berth::runtime_cli
