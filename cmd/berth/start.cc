// berth start: a container that was created, or that has ended, runs.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/detach_keys.h"
#include "engine/run.h"

namespace berth {

namespace {

struct Request {
  bool attach = false;
  bool interactive = false;
  bool sig_proxy = true;
  std::string detach_keys = std::string(engine::kDefaultDetachKeys);
};

Result<int> start_and_attach(const Request& request, const std::string& name) {
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto container, engine.store.find(name));
  const auto& config = container.config;
  if (!config.terminal && engine::unit_kind() != engine::UnitKind::none) {
    return engine::become_supervisor(std::move(engine), config.id);
  }
  TRY_ASSIGN(auto keys, engine::parse_detach_keys(request.detach_keys));
  TRY_ASSIGN(const int code, engine::start_attached(engine, config.id,
                                                    {.input = request.interactive && config.interactive,
                                                     .terminal = config.terminal,
                                                     .proxy_signals = request.sig_proxy && !config.terminal,
                                                     .detach_keys = std::move(keys)}));
  return code & 0xff;
}

}  // namespace

Result<int> start(const flags::Arguments& args) {
  Request request;
  flags::Parser parser("berth start", "CONTAINER [CONTAINER...]", "Starts containers.");
  parser.toggle("attach", 'a', "attach to the container's output, end with its exit code", request.attach);
  parser.toggle("interactive", 'i', "pass our stdin to the container", request.interactive);
  parser.toggle("sig-proxy", 0, "pass signals on to the container (default: true)", request.sig_proxy);
  parser.value("detach-keys", 0, "KEYS", "keys that leave the container", request.detach_keys);
  parser.interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty()) return parser.error("expected a container");
  if (request.attach && operands.values.size() > 1) return parser.error("--attach takes one container");
  if (request.attach) {
    auto code = start_and_attach(request, operands.values.front());
    return std::move(code).context(operands.values.front());
  }
  TRY_ASSIGN(auto engine, open_engine());
  return for_each_container("start", operands.values, [&](const std::string& name) -> Result<void> {
    TRY_ASSIGN(const auto container, engine.store.find(name).context(name));
    TRY(engine::start_in_background(engine, container.config.id).context(name));
    TRY(flags::print(concat(name, "\n")));
    return {};
  });
}

}  // namespace berth
