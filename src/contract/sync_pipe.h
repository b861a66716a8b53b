// What a monitor tells its caller on _OCI_SYNCPIPE: JSON objects, one a line. conmon's format.
//
//   create:  {"data": PID}                        the container's init, on the host
//            {"data": -1, "message": "runc: …"}   creation failed; the runtime's own words
//   exec:    {"data": PID}, later {"data": EXIT STATUS} (or {"data": -1, "message": "…"})
//
// The key is "data" from api version 1 on; before it is "pid" for a container, and for an exec session
// "exit_code" (where the status alone is sent). An end of file without a line: the monitor died.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::contract {

struct SyncMessage {
  int data = 0;
  std::string message = {};
};

// The member that carries the number.
[[nodiscard]] std::string_view sync_key(int api_version, bool exec) noexcept;
// One line, newline included.
[[nodiscard]] std::string to_line(const SyncMessage& message, std::string_view key);
// `line` with or without its newline; any of the three keys.
[[nodiscard]] Result<SyncMessage> parse_sync_message(std::string_view line);

}  // namespace berth::contract
