#include "berth-runtime/commands.h"
#include "berth-runtime/create_flags.h"
#include "runtime/creation.h"

namespace berth::runtime_cli {

Result<int> create_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime create", "CONTAINER", "Creates a container; `start` runs its payload.");
  CreateFlags create;
  create.add_to(parser);
  bool no_subreaper = false;
  parser.toggle("no-subreaper", 0, "without effect: create does not stay", no_subreaper);
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  auto creation =
      runtime::Creation::make(create.request(global, operands.values.front())).context("create container");
  if (!creation) return std::move(creation).error().with_exit_code(1);
  TRY((**creation).commit());
  return 0;
}

}  // namespace berth::runtime_cli
