// berth wait: prints the exit code of each container once it has ended.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/lifecycle.h"

namespace berth {

Result<int> wait(const flags::Arguments& args) {
  flags::Parser parser("berth wait", "CONTAINER [CONTAINER...]",
                       "Waits until containers have ended and prints their exit codes.");
  bool ignore_missing = false;
  parser.toggle("ignore", 0, "a container that is not there is no error", ignore_missing);
  parser.interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty()) return parser.error("expected a container");
  TRY_ASSIGN(auto engine, open_engine());
  return for_each_container("wait", operands.values, [&](const std::string& name) -> Result<void> {
    const auto container = engine.store.find(name);
    if (!container && ignore_missing && container.error().is(ENOENT)) {
      TRY(flags::print("-1\n"));
      return {};
    }
    if (!container) return Result<void>(container.error());
    TRY_ASSIGN(const int code, engine::wait_container(engine, container->config.id).context(name));
    TRY(flags::print(concat(code, "\n")));
    return {};
  });
}

}  // namespace berth
