#include "runtime/list.h"

#include "base/text.h"
#include "berth-runtime/commands.h"
#include "sys/file.h"

namespace berth::runtime_cli {

Result<int> list_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime list", "", "Lists the containers below --root.");
  std::string format = "table";
  bool quiet = false;
  parser.value("format", 'f', "FORMAT", "table or json", format).toggle("quiet", 'q', "ids only", quiet);
  parser.single_dash();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 0, 0));
  if (format != "table" && format != "json")
    return parser.error(concat("--format: expected table or json, found \"", format, "\""));
  TRY_ASSIGN(const auto containers, runtime::list(global.root));
  std::string text;
  if (quiet) {
    for (const auto& container : containers) append(text, container.record.id, '\n');
  } else {
    text = format == "json" ? runtime::list_document(containers) : runtime::list_table(containers);
  }
  TRY(sys::write_all(FdRef(1), text, "stdout"));
  return 0;
}

}  // namespace berth::runtime_cli
