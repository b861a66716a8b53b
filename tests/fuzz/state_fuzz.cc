// state.json lies on disk, where a crash or somebody's hand may have left anything. Whatever is taken is written and read
// again as the same record, and `state` and `list` can word it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "contract/state.h"
#include "json/value.h"
#include "tests/fuzz/require.h"

using namespace berth;
using berth::fuzz::require;

namespace {

void check_json(std::string_view text) {
  require(json::Document::parse(text, "state").has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = contract::parse_record(text, "state.json");
  if (!record) {
    require(!record.error().to_string().empty());
    return 0;
  }
  const auto again = contract::parse_record(contract::to_json(*record), "state.json");
  require(again.has_value() && *again == *record);
  for (const auto status :
       {contract::Status::creating, contract::Status::running, contract::Status::stopped}) {
    check_json(contract::state_json(*record, status, "root", "  "));
    const auto parts = contract::hook_state_json(*record, status);
    check_json(concat(parts.before_pid, 1, parts.after_pid));
  }
  return 0;
}
