#include "runtime/criu_log.h"

#include "base/text.h"

namespace berth::runtime {

std::string first_criu_error(std::string_view log) {
  constexpr std::string_view kMark = "Error (";
  const auto mark = log.find(kMark);
  if (mark == std::string_view::npos) return {};
  const std::string_view line = log.substr(mark, log.substr(mark).find('\n'));
  constexpr std::string_view kEnd = "): ";
  const auto text = line.find(kEnd);
  return std::string(trim(text == std::string_view::npos ? line : line.substr(text + kEnd.size())));
}

}  // namespace berth::runtime
