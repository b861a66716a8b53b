#include "runtime/events.h"

#include "base/quantity.h"
#include "base/text.h"
#include "berth-runtime/commands.h"
#include "sys/file.h"

namespace berth::runtime_cli {

Result<int> events_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime events", "CONTAINER",
                       "Prints what a container uses, again and again, and when it runs out of memory.");
  std::chrono::nanoseconds interval = std::chrono::seconds(5);
  bool once = false;
  parser
      .custom("interval", 0, "DURATION", "time between two lines (default: 5s)",
              [&](const std::string& text) -> Result<void> {
                TRY_ASSIGN(const auto nanoseconds, parse_duration(text));
                if (nanoseconds <= 0) return parser.error("--interval: expected more than nothing");
                interval = std::chrono::nanoseconds(nanoseconds);
                return {};
              })
      .toggle("stats", 0, "print one line of statistics and end", once)
      .interspersed()
      .single_dash();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  const std::string& id = operands.values.front();
  if (once) {
    TRY_ASSIGN(const std::string line, runtime::stats_line(global.root, id).context("events"));
    return print(line);
  }
  const auto print_line = [](std::string_view line) {
    return sys::write_all(FdRef(1), concat(line, '\n'), "stdout");
  };
  TRY(runtime::follow_events(global.root, id, interval, print_line).context("events"));
  return 0;
}

}  // namespace berth::runtime_cli
