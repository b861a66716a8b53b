// berth kill: a signal to the container's init.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/lifecycle.h"
#include "engine/quantity.h"

namespace berth {

Result<int> kill(const flags::Arguments& args) {
  std::string signal_text = "KILL";
  bool all = false;
  flags::Parser parser("berth kill", "CONTAINER [CONTAINER...]", "Sends a signal to containers that run.");
  parser.value("signal", 's', "SIGNAL", "which one, by name or number (default: KILL)", signal_text);
  parser.toggle("all", 'a', "to all that run", all);
  parser.interspersed();
  TRY_ASSIGN(auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty() == !all) return parser.error("expected a container or --all");
  auto signal = engine::parse_signal(signal_text);
  if (!signal) return parser.error(concat("--signal: ", signal.error().to_string()));
  TRY_ASSIGN(auto engine, open_engine());
  if (all) {
    TRY_ASSIGN(const auto containers, engine.store.list());
    for (const auto& container : containers) {
      if (container.status.active()) operands.values.push_back(container.config.id);
    }
  }
  return for_each_container("kill", operands.values, [&](const std::string& name) -> Result<void> {
    TRY_ASSIGN(const auto container, engine.store.find(name));
    TRY(engine::kill_container(engine, container.config.id, *signal));
    TRY(flags::print(concat(name, "\n")));
    return {};
  });
}

}  // namespace berth
