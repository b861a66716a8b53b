#include "berth-runtime/commands.h"
#include "runtime/pause.h"

namespace berth::runtime_cli {

Result<int> resume_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime resume", "CONTAINER", "Lets a paused container go on.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  TRY(runtime::resume(global.root, operands.values.front()).context("resume container"));
  return 0;
}

}  // namespace berth::runtime_cli
