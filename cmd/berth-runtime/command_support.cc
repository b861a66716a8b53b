#include "base/text.h"
#include "berth-runtime/commands.h"
#include "sys/file.h"

namespace berth::runtime_cli {

Result<int> show_usage(const flags::Parser& parser) {
  TRY(sys::write_all(FdRef(1), parser.usage(), "stdout"));
  return 0;
}

Result<int> print(std::string_view text) {
  TRY(sys::write_all(FdRef(1), concat(text, '\n'), "stdout"));
  return 0;
}

Result<void> expect_operands(const flags::Parser& parser, const flags::Operands& operands, std::size_t least,
                             std::size_t most) {
  const std::size_t count = operands.values.size();
  if (count >= least && count <= most) return {};
  const std::string wanted = least == most ? concat(least) : concat(least, " to ", most);
  return parser.error(concat("expected ", wanted, most == 1 ? " argument" : " arguments", ", found ", count));
}

}  // namespace berth::runtime_cli
