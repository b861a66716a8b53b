// berth create: a container that waits for `berth start`.
#include "engine/create.h"

#include "berth/create_flags.h"
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"

namespace berth {

Result<int> create(const flags::Arguments& args) {
  CreateFlags create_flags("create");
  TRY_ASSIGN(auto request, create_flags.parse(args));
  if (!request) return 0;
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto container,
             engine::create_container(engine, std::move(request->config), {.replace = request->replace}));
  return flags::print(concat(container.config.id, "\n"));
}

}  // namespace berth
