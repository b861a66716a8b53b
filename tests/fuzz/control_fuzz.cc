// What anyone with access to the bundle may write to a monitor: control lines, attach packets, sync lines. Parsing never
// crashes, and what parses is within its bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "contract/attach_frame.h"
#include "contract/ctl_message.h"
#include "contract/sync_pipe.h"
#include "tests/fuzz/require.h"

using namespace berth::contract;
using berth::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto message = parse_ctl_message(bytes)) {
    require(message->rows <= 1000 && message->columns <= 1000);
    const auto again = parse_ctl_message(to_line(*message));
    require(again && again->rows == message->rows && again->type == message->type);
  }
  if (const auto message = parse_winsz_message(bytes)) require(message->rows <= 1000);
  if (const auto frame = parse_attach_frame(bytes)) require(frame->data.size() + 1 == size);
  if (const auto message = parse_sync_message(bytes)) {
    const auto again = parse_sync_message(to_line(*message, "data"));
    require(again && again->data == message->data && again->message == message->message);
  }
  return 0;
}
