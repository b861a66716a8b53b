// The attach socket: conmon's framing on an AF_UNIX SOCK_SEQPACKET socket named "attach".
//
//   monitor -> client   one packet: [stream byte][1 to 8192 bytes of output]
//   client -> monitor   one packet: bytes for the container's stdin, without a prefix
//
// A client ends its input with shutdown(SHUT_WR): the container's stdin is closed when it was opened by -i
// and not --leave-stdin-open. Output before the client connected is not repeated (it is in the log). The
// monitor closes the socket when the container has ended and all its output is sent. A client that does not
// read is dropped when its bounded queue is full.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace berth::contract {

enum class AttachStream : unsigned char { in = 1, out = 2, err = 3 };

inline constexpr std::string_view kAttachSocketName = "attach";
// Clients read with a buffer of this size and one byte: a longer packet would be cut.
inline constexpr std::size_t kAttachPayload = 8192;
inline constexpr std::size_t kAttachInput = 32 * 1024;

struct AttachFrame {
  AttachStream stream;
  std::string_view data;  // borrows from the packet
};

// nullopt: an empty packet or an unknown stream.
[[nodiscard]] constexpr std::optional<AttachFrame> parse_attach_frame(std::string_view packet) noexcept {
  if (packet.empty() || packet.front() < 1 || packet.front() > 3) return std::nullopt;
  return AttachFrame{.stream = static_cast<AttachStream>(packet.front()), .data = packet.substr(1)};
}

}  // namespace berth::contract
