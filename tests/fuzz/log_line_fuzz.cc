// A log file may hold anything (another program wrote it, a disk lost half of it). What parses is written again and
// parses to the same; our writers' output always parses.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/log_line.h"
#include "tests/fuzz/require.h"

using namespace berth::contract;
using berth::fuzz::require;

namespace {

bool same(const LogLine& a, const LogLine& b) {
  return a.time_ns == b.time_ns && a.stream == b.stream && a.partial == b.partial && a.text == b.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view one_line = bytes.substr(0, bytes.find('\n'));
  if (const auto line = parse_k8s_line(one_line)) {
    std::string again;
    append_k8s_line(again, format_log_time(line->time_ns, true), line->stream, line->partial, line->text);
    const auto second = parse_k8s_line(again);
    require(second && same(*line, *second));
  }
  if (const auto line = parse_json_line(bytes)) {
    std::string again;
    append_json_line(again, format_log_time(line->time_ns, true), line->stream, line->partial, line->text);
    const auto second = parse_json_line(again);
    require(second && line->time_ns == second->time_ns);
  }
  std::string ours;
  append_k8s_line(ours, format_log_time(0, true), LogStream::out, size % 2 != 0, one_line);
  const auto parsed = parse_k8s_line(ours);
  require(parsed && parsed->text == one_line);
  return 0;
}
