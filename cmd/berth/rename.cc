// berth rename: another name for a container.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/container_name.h"
#include "engine/reconcile.h"

namespace berth {

Result<int> rename(const flags::Arguments& args) {
  flags::Parser parser("berth rename", "CONTAINER NAME", "Gives a container another name.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.size() != 2) return parser.error("expected a container and its new name");
  TRY(engine::check_name(operands.values[1]));
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto locked, engine::lock_container(engine, operands.values[0]));
  TRY(engine.store.rename(locked.container.config.id, operands.values[1]));
  return 0;
}

}  // namespace berth
