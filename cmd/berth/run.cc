// berth run: create and start in one.
#include "engine/run.h"

#include <unistd.h>

#include "berth/create_flags.h"
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/create.h"
#include "engine/lifecycle.h"

namespace berth {

namespace {

// A container that could not be started would be of no use to anybody: nothing is left behind.
Error discard(engine::Engine& engine, const engine::ContainerConfig& config, Error why) {
  ignore(engine::delete_container(engine, config.id, true, 0));
  if (!config.cid_file.empty()) ::unlink(config.cid_file.c_str());
  return why;
}

Result<bool> was_started(engine::Engine& engine, const std::string& id) {
  TRY_ASSIGN(const auto container, engine.store.load(id));
  return !container || container->status.started_ns != 0;
}

Result<int> run_in_background(engine::Engine& engine, const engine::ContainerConfig& config) {
  auto started = engine::start_in_background(engine, config.id);
  if (!started) return discard(engine, config, std::move(started).error());
  return flags::print(concat(config.id, "\n"));
}

Result<int> run_in_foreground(engine::Engine& engine, const CreateRequest& request,
                              const engine::ContainerConfig& config) {
  auto code = engine::start_attached(engine, config.id,
                                     {.input = config.interactive,
                                      .terminal = config.terminal,
                                      .proxy_signals = request.sig_proxy && !config.terminal,
                                      .detach_keys = request.detach_keys});
  if (code) return *code & 0xff;
  TRY_ASSIGN(const bool started, was_started(engine, config.id));
  if (started) return std::move(code).error();
  return discard(engine, config, std::move(code).error());
}

}  // namespace

Result<int> run(const flags::Arguments& args) {
  CreateFlags create_flags("run");
  TRY_ASSIGN(auto request, create_flags.parse(args));
  if (!request) return 0;
  const bool may_supervise = !request->detach && !request->config.terminal;
  const bool split = request->config.cgroups == "split" || request->config.cgroups.empty();
  const auto unit = may_supervise && split ? engine::unit_kind() : engine::UnitKind::none;
  const bool supervise = unit != engine::UnitKind::none;
  if (supervise) {
    if (unit == engine::UnitKind::delegated) request->config.cgroups = "split";
    if (request->config.log_driver.empty()) request->config.log_driver = "passthrough";
  }
  TRY_ASSIGN(auto engine, open_engine());
  auto container =
      engine::create_container(engine, std::move(request->config), {.replace = request->replace});
  if (!container) return std::move(container).error();
  const engine::ContainerConfig& config = container->config;
  if (supervise) {
    Error why = engine::become_supervisor(std::move(engine), config.id);
    TRY_ASSIGN(auto again, open_engine());
    return discard(again, config, std::move(why));
  }
  if (request->detach) return run_in_background(engine, config);
  return run_in_foreground(engine, *request, config);
}

}  // namespace berth
