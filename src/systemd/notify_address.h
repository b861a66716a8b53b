// NotifyAddress: where the host listens, as NOTIFY_SOCKET says it. sd_notify(3), vsock(7).
//
//   /run/systemd/notify     a path of any length (a long one is reached through /proc/self/fd)
//   @name                   the abstract namespace (which is the network namespace's)
//   vsock:CID:PORT          a hypervisor's host; datagram, then seqpacket, then stream; also
//                           vsock-dgram:, vsock-seqpacket:, vsock-stream: for one of them
//
// connect_notify_socket() gives a connected, non-blocking, close-on-exec socket: a connected datagram socket
// is one whose POLLOUT tells when the host has room again. A vsock's source port is below 1024 (the host's
// proof that root sent), so it needs CAP_NET_BIND_SERVICE; connecting one waits for at most a second.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::systemd {

struct NotifyAddress {
  enum class Kind : std::uint8_t { unix_socket, vsock };
  Kind kind = Kind::unix_socket;
  std::string path;   // unix_socket: "/…" or "@…"
  unsigned cid = 0;   // vsock
  unsigned port = 0;  // vsock
  int only_type = 0;  // vsock: SOCK_DGRAM, SOCK_SEQPACKET or SOCK_STREAM; 0: each in turn

  // EINVAL for anything else (a relative path, an unknown scheme).
  static Result<NotifyAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  // Descriptors and barriers pass through AF_UNIX only.
  [[nodiscard]] bool passes_fds() const noexcept { return kind == Kind::unix_socket; }
};

struct NotifyConnection {
  UniqueFd socket;
  // On a vsock stream or seqpacket a message is a connection: it ends with the message.
  bool one_message = false;
};
[[nodiscard]] Result<NotifyConnection> connect_notify_socket(const NotifyAddress& address);

}  // namespace berth::systemd
