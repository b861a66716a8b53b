// berth rm: a container and all that belongs to it.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/lifecycle.h"

namespace berth {

Result<int> rm(const flags::Arguments& args) {
  bool force = false;
  bool all = false;
  bool ignore_missing = false;
  bool volumes = false;
  unsigned seconds = 0;
  flags::Parser parser("berth rm", "CONTAINER [CONTAINER...]", "Removes containers.");
  parser.toggle("force", 'f', "kill a container that runs; one that is not there is no error", force);
  parser.toggle("all", 'a', "remove all containers", all);
  parser.toggle("ignore", 'i', "a container that is not there is no error", ignore_missing);
  parser.toggle("volumes", 'v', "accepted: there are no anonymous volumes", volumes);
  parser.number("time", 't', "SECONDS", "with --force: let it stop by itself for so long (default: 0)",
                seconds);
  parser.interspersed();
  TRY_ASSIGN(auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty() == !all) return parser.error("expected a container or --all");
  TRY_ASSIGN(auto engine, open_engine());
  if (all) {
    TRY_ASSIGN(const auto containers, engine.store.list());
    for (const auto& container : containers) operands.values.push_back(container.config.id);
  }
  return for_each_container("rm", operands.values, [&](const std::string& name) -> Result<void> {
    const auto container = engine.store.find(name);
    if (!container && container.error().is(ENOENT) && (force || ignore_missing)) return {};
    if (!container) return Result<void>(container.error());
    TRY(engine::delete_container(engine, container->config.id, force, seconds));
    TRY(flags::print(concat(name, "\n")));
    return {};
  });
}

}  // namespace berth
