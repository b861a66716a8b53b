// berth stop: the stop signal, some patience, then SIGKILL.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/lifecycle.h"

namespace berth {

namespace {

Result<flags::Arguments> running_containers(engine::Engine& engine) {
  TRY_ASSIGN(const auto containers, engine.store.list());
  flags::Arguments ids;
  for (const auto& container : containers) {
    if (container.status.active()) ids.push_back(container.config.id);
  }
  return ids;
}

}  // namespace

Result<int> stop(const flags::Arguments& args) {
  std::optional<unsigned> seconds;
  bool all = false;
  bool ignore_missing = false;
  flags::Parser parser("berth stop", "CONTAINER [CONTAINER...]", "Stops containers that run.");
  parser.number("time", 't', "SECONDS",
                "how long to wait before SIGKILL (default: the container's --stop-timeout)", seconds);
  parser.toggle("all", 'a', "stop all that run", all);
  parser.toggle("ignore", 'i', "a container that is not there is no error", ignore_missing);
  parser.interspersed();
  TRY_ASSIGN(auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty() == !all) return parser.error("expected a container or --all");
  TRY_ASSIGN(auto engine, open_engine());
  if (all) {
    TRY_ASSIGN(operands.values, running_containers(engine));
  }
  return for_each_container("stop", operands.values, [&](const std::string& name) -> Result<void> {
    const auto container = engine.store.find(name);
    if (!container && ignore_missing && container.error().is(ENOENT)) return {};
    if (!container) return Result<void>(container.error());
    TRY(engine::stop_container(engine, container->config.id, seconds).context(name));
    TRY(flags::print(concat(name, "\n")));
    return {};
  });
}

}  // namespace berth
