#include "berth-runtime/commands.h"
#include "runtime/remove.h"

namespace berth::runtime_cli {

Result<int> delete_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime delete", "CONTAINER",
                       "Deletes a stopped container and all that it held.");
  bool force = false;
  parser.toggle("force", 'f', "kill it first if it runs; a missing one is fine", force).interspersed();
  parser.single_dash();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  TRY(runtime::remove(global.root, operands.values.front(), force).context("delete container"));
  return 0;
}

}  // namespace berth::runtime_cli
