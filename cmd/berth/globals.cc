#include "berth/globals.h"

#include <unistd.h>

#include "base/log.h"

namespace berth {

namespace {

flags::Parser& add_flags(flags::Parser& parser, Globals& into) {
  parser.value("root", 0, "DIR", "where containers are kept (default: /var/lib/berth)", into.root);
  parser.value("runroot", 0, "DIR", "where running containers keep their state (default: /run/berth)",
               into.run_root);
  parser.value("runtime", 0, "PROGRAM", "OCI runtime of new containers (default: berth-runtime)",
               into.runtime);
  parser.value("monitor", 0, "PROGRAM", "monitor of new containers (default: berth-monitor)", into.monitor);
  parser.value("conmon", 0, "PROGRAM", "the same, as podman calls it", into.monitor);
  parser.custom("log-level", 0, "LEVEL", "what to print: debug, info, warn or error (default: warn)",
                [](const std::string& text) -> Result<void> {
                  if (text == "debug" || text == "trace") {
                    log::set_level(log::Level::debug);
                  } else if (text == "info") {
                    log::set_level(log::Level::info);
                  } else if (text == "warn" || text == "warning") {
                    log::set_level(log::Level::warning);
                  } else if (text == "error" || text == "fatal" || text == "panic") {
                    log::set_level(log::Level::error);
                  } else {
                    return Error::invalid("--log-level",
                                          concat("expected debug, info, warn or error, found ", text));
                  }
                  return {};
                });
  parser.ignored("cgroup-manager", 0, "MANAGER");
  parser.ignored("events-backend", 0, "BACKEND");
  parser.ignored("storage-driver", 0, "DRIVER");
  return parser;
}

}  // namespace

namespace {

void print_failure(std::string_view verb, const Error& error) {
  const std::string line = concat("berth ", verb, ": ", error.to_string(), '\n');
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Globals& globals() {
  static Globals instance;
  return instance;
}

Result<flags::Operands> take_globals(const flags::Arguments& args) {
  flags::Parser parser("berth", "COMMAND [ARGUMENT...]");
  return add_flags(parser, globals()).parse(args);
}

std::string globals_usage() {
  Globals scratch;
  flags::Parser parser("berth", "COMMAND [ARGUMENT...]", "Runs containers as services, without a daemon.");
  return add_flags(parser, scratch).usage();
}

Result<engine::Engine> open_engine() {
  return engine::Engine::open(globals().root, globals().run_root);
}

Result<int> for_each_container(std::string_view verb, const flags::Arguments& names,
                               const std::function<Result<void>(const std::string&)>& action) {
  int code = 0;
  for (const std::string& name : names) {
    const auto done = action(name);
    if (done) continue;
    print_failure(verb, done.error());
    code = done.error().exit_code() != 0 ? done.error().exit_code() : kExitOurs;
  }
  return code;
}

}  // namespace berth
