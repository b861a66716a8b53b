#include "runtime/features.h"

#include "berth-runtime/commands.h"

namespace berth::runtime_cli {

Result<int> features_command(const Global& /*global*/, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime features", "", "Prints what this runtime supports as JSON.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 0, 0));
  return print(runtime::features_document());
}

}  // namespace berth::runtime_cli
