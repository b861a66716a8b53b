// config.json comes from whoever wrote the bundle. Whatever is taken is written and read again as the same values;
// whatever is refused has a reason. The same for a process and a resources object alone.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec/config_writer.h"
#include "tests/fuzz/require.h"

namespace {

using namespace berth;
using berth::fuzz::require;

void check_config(std::string_view text) {
  const auto config = spec::parse_config(text, "config.json");
  if (!config) return require(!config.error().to_string().empty());
  const std::string written = spec::to_json(*config);
  const auto again = spec::parse_config(written, "config.json");
  require(again.has_value() && *again == *config);
}

void check_process(std::string_view text) {
  const auto process = spec::parse_process(text, "process.json");
  if (!process) return require(!process.error().to_string().empty());
  const auto again = spec::parse_process(spec::to_json(*process), "process.json");
  require(again.has_value() && *again == *process);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_config(text);
  check_process(text);
  ignore(spec::parse_resources(text, "resources.json"));
  return 0;
}
