#include "base/text.h"
#include "berth-runtime/commands.h"
#include "json/writer.h"
#include "runtime/processes.h"
#include "sys/file.h"

namespace berth::runtime_cli {

Result<int> ps_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime ps", "CONTAINER [PS-OPTION...]", "Lists the processes of a container.");
  std::string format = "table";
  parser.value("format", 'f', "FORMAT", "table or json", format).single_dash();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  if (operands.values.empty()) return parser.error("expected a container, found nothing");
  TRY_ASSIGN(const auto pids, runtime::processes(global.root, operands.values.front()));
  if (format == "json") {
    json::Writer out;
    out.begin_array();
    for (const pid_t pid : pids) out.value(pid);
    out.end_array();
    return print(out.text());
  }
  if (format != "table")
    return parser.error(concat("--format: expected table or json, found \"", format, "\""));
  TRY_ASSIGN(const std::string table,
             runtime::process_table(pids, {operands.values.begin() + 1, operands.values.end()}));
  TRY(sys::write_all(FdRef(1), table, "stdout"));
  return 0;
}

}  // namespace berth::runtime_cli
