#include "runtime/run.h"

#include "berth-runtime/commands.h"
#include "berth-runtime/create_flags.h"

namespace berth::runtime_cli {

Result<int> run_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime run", "CONTAINER",
                       "Creates and starts a container, and waits for its end.");
  CreateFlags create;
  create.add_to(parser);
  bool detach = false;
  bool keep = false;
  bool no_subreaper = false;
  parser.toggle("detach", 'd', "do not wait for the container's end", detach)
      .toggle("keep", 0, "do not delete the container after its end", keep)
      .toggle("no-subreaper", 0, "do not reap the container's orphans", no_subreaper);
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  return runtime::run({.create = create.request(global, operands.values.front()),
                       .detach = detach,
                       .keep = keep,
                       .subreaper = !no_subreaper})
      .context("run container");
}

}  // namespace berth::runtime_cli
