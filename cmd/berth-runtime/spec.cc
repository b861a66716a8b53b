#include "berth-runtime/commands.h"
#include "spec/default_config.h"

namespace berth::runtime_cli {

Result<int> spec_command(const Global& /*global*/, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime spec", "", "Writes a config.json to begin with.");
  std::string bundle = ".";
  bool rootless = false;
  parser.value("bundle", 'b', "DIR", "where to write it (default: the working directory)", bundle)
      .toggle("rootless", 0, "for an ordinary user", rootless)
      .single_dash();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 0, 0));
  TRY(spec::write_default(bundle, rootless));
  return 0;
}

}  // namespace berth::runtime_cli
