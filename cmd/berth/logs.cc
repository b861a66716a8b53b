// berth logs: what a container has said, from its log file.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/log_reader.h"
#include "engine/quantity.h"

namespace berth {

namespace {

struct Request {
  engine::LogOptions options;
  std::string since;
  std::string until;
  std::int64_t tail = -1;
};

Result<void> resolve(const flags::Parser& parser, Request& request) {
  const std::int64_t now = engine::now_ns();
  if (!request.since.empty()) {
    auto time = engine::parse_time(request.since, now);
    if (!time) return parser.error(concat("--since: ", time.error().to_string()));
    request.options.since_ns = *time;
  }
  if (!request.until.empty()) {
    auto time = engine::parse_time(request.until, now);
    if (!time) return parser.error(concat("--until: ", time.error().to_string()));
    request.options.until_ns = *time;
  }
  if (request.tail >= 0) request.options.tail = static_cast<std::uint64_t>(request.tail);
  return {};
}

}  // namespace

Result<int> logs(const flags::Arguments& args) {
  Request request;
  flags::Parser parser("berth logs", "CONTAINER [CONTAINER...]", "Shows what containers have said.");
  parser.toggle("follow", 'f', "go on until the container has ended", request.options.follow);
  parser.value("since", 0, "TIME", "only what is not older (2026-01-02T03:04:05Z, 10m)", request.since);
  parser.value("until", 0, "TIME", "only what is older", request.until);
  parser.custom("tail", 0, "NUMBER", "only the last lines (default: all)",
                [&](const std::string& text) -> Result<void> {
                  const auto number =
                      text == "all" ? std::optional<std::int64_t>(-1) : parse_number<std::int64_t>(text);
                  if (!number) return parser.error(concat("--tail: expected a number, found \"", text, '"'));
                  request.tail = *number;
                  return {};
                });
  parser.toggle("timestamps", 't', "with the time of each line", request.options.timestamps);
  parser.toggle("names", 'n', "with the container's name", request.options.names);
  parser.ignored("color", 0, "");
  parser.interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty()) return parser.error("expected a container");
  TRY(resolve(parser, request));
  TRY_ASSIGN(auto engine, open_engine());
  return for_each_container("logs", operands.values, [&](const std::string& name) -> Result<void> {
    TRY_ASSIGN(const auto container, engine.store.find(name));
    return engine::show_logs(engine, container, request.options);
  });
}

}  // namespace berth
