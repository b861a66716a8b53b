// berth attach: our streams to those of a container that runs.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/detach_keys.h"
#include "engine/run.h"

namespace berth {

Result<int> attach(const flags::Arguments& args) {
  bool no_stdin = false;
  bool sig_proxy = true;
  std::string keys_text(engine::kDefaultDetachKeys);
  flags::Parser parser("berth attach", "CONTAINER",
                       "Attaches to a container that runs; ends with its exit code.");
  parser.toggle("no-stdin", 0, "do not pass our stdin on", no_stdin);
  parser.toggle("sig-proxy", 0, "pass signals on to the container (default: true)", sig_proxy);
  parser.value("detach-keys", 0, "KEYS", "keys that leave the container (default: ctrl-p,ctrl-q)", keys_text);
  parser.interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.size() != 1) return parser.error("expected one container");
  TRY_ASSIGN(auto keys, engine::parse_detach_keys(keys_text));
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto container, engine.store.find(operands.values.front()));
  TRY_ASSIGN(const int code, engine::attach_to(engine, container.config.id,
                                               {.input = !no_stdin,
                                                .proxy_signals = sig_proxy && !container.config.terminal,
                                                .detach_keys = std::move(keys)}));
  return code & 0xff;
}

}  // namespace berth
