#include "runtime/pause.h"

#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

Result<int> pause_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime pause", "CONTAINER",
                       "Stops every process of a container where it stands.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  TRY(runtime::pause(global.root, operands.values.front()).context("pause container"));
  return 0;
}

}  // namespace berth::runtime_cli
