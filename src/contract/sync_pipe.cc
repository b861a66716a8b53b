#include "contract/sync_pipe.h"

#include <array>

#include "json/value.h"
#include "json/writer.h"

namespace berth::contract {

std::string_view sync_key(int api_version, bool exec) noexcept {
  if (api_version >= 1) return "data";
  return exec ? "exit_code" : "pid";
}

std::string to_line(const SyncMessage& message, std::string_view key) {
  std::string out = concat("{\"", key, "\": ", message.data);
  if (!message.message.empty()) {
    out.append(", \"message\": ");
    json::append_string(out, message.message);
  }
  out.append("}\n");
  return out;
}

Result<SyncMessage> parse_sync_message(std::string_view line) {
  TRY_ASSIGN(const auto document, json::Document::parse(line, "sync pipe"));
  const json::Value root = document.root();
  SyncMessage message;
  TRY(json::read(root, "message", message.message));
  for (const std::string_view key : std::array<std::string_view, 3>{"data", "pid", "exit_code"}) {
    if (!root.find(key)) continue;
    TRY(json::read(root, key, message.data));
    return message;
  }
  return root.error("expected \"data\", \"pid\" or \"exit_code\"");
}

}  // namespace berth::contract
