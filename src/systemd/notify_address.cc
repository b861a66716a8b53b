#include "systemd/notify_address.h"

#include <linux/vm_sockets.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <optional>

#include "base/text.h"
#include "sys/unix_socket.h"

namespace berth::systemd {

namespace {

struct Scheme {
  std::string_view prefix;
  int type;
};
constexpr std::array kSchemes = {
    Scheme{"vsock:", 0},
    Scheme{"vsock-dgram:", SOCK_DGRAM},
    Scheme{"vsock-seqpacket:", SOCK_SEQPACKET},
    Scheme{"vsock-stream:", SOCK_STREAM},
};
constexpr std::array kVsockTypes = {SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM};
constexpr unsigned kLastPrivilegedPort = 1023;

Result<NotifyAddress> parse_vsock(std::string_view text, const Scheme& scheme) {
  const auto parts = split_once(text.substr(scheme.prefix.size()), ':');
  if (!parts) return Error::invalid(text, "expected vsock:CID:PORT");
  const auto cid =
      parts->first.empty() ? std::optional<unsigned>(VMADDR_CID_HOST) : parse_number<unsigned>(parts->first);
  const auto port = parse_number<unsigned>(parts->second);
  if (!cid || !port) return Error::invalid(text, "expected vsock:CID:PORT, two numbers");
  return NotifyAddress{
      .kind = NotifyAddress::Kind::vsock, .cid = *cid, .port = *port, .only_type = scheme.type};
}

unsigned random_number() {
  unsigned number = 0;
  if (::getrandom(&number, sizeof number, GRND_NONBLOCK) < 0) return 0;
  return number;
}

// Another one each time, from a random one on: a peer may reset a connection twice when it ends, and the
// second reset would end the next connection from the same port, with its message.
unsigned next_privileged_port() {
  static std::atomic<unsigned> turn = random_number();
  return kLastPrivilegedPort - turn++ % kLastPrivilegedPort;
}

Result<void> bind_privileged(const UniqueFd& socket) {
  sockaddr_vm local{};
  local.svm_family = AF_VSOCK;
  local.svm_cid = VMADDR_CID_ANY;
  for (unsigned tries = 0; tries < kLastPrivilegedPort; ++tries) {
    local.svm_port = next_privileged_port();
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) return {};
    if (errno != EADDRINUSE) return Error::sys("bind", "a vsock port below 1024");
  }
  return Error::with_errno(EADDRINUSE, "bind", "a vsock port below 1024");
}

Result<UniqueFd> connect_vsock(const NotifyAddress& address, int type) {
  UniqueFd socket(::socket(AF_VSOCK, type | SOCK_CLOEXEC, 0));
  if (!socket) return Error::sys("socket(AF_VSOCK)");
  // The kernel's own patience is two seconds; a monitor has better things to do.
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(socket.get(), AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  TRY(bind_privileged(socket));
  sockaddr_vm peer{};
  peer.svm_family = AF_VSOCK;
  peer.svm_cid = address.cid;
  peer.svm_port = address.port;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) < 0)
    return Error::sys("connect", address.to_string());
  return socket;
}

Result<NotifyConnection> connect_first_vsock(const NotifyAddress& address) {
  Error last;
  for (const int type : kVsockTypes) {
    if (address.only_type != 0 && address.only_type != type) continue;
    auto socket = connect_vsock(address, type);
    if (socket) return NotifyConnection{.socket = std::move(*socket), .one_message = type != SOCK_DGRAM};
    last = std::move(socket).error();
  }
  return last;
}

}  // namespace

Result<NotifyAddress> NotifyAddress::parse(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (text.starts_with(scheme.prefix)) return parse_vsock(text, scheme);
  }
  const bool is_path = text.starts_with('/') && text.size() > 1;
  const bool is_abstract = text.starts_with('@') && text.size() > 1;
  if (!is_path && !is_abstract)
    return Error::invalid("NOTIFY_SOCKET",
                          concat("expected /path, @name or vsock:CID:PORT, found \"", text, '"'));
  return NotifyAddress{.kind = Kind::unix_socket, .path = std::string(text)};
}

std::string NotifyAddress::to_string() const {
  return kind == Kind::unix_socket ? path : concat("vsock:", cid, ':', port);
}

Result<NotifyConnection> connect_notify_socket(const NotifyAddress& address) {
  if (address.kind == NotifyAddress::Kind::vsock) return connect_first_vsock(address);
  TRY_ASSIGN(UniqueFd socket, sys::connect_socket(address.path, SOCK_DGRAM | SOCK_NONBLOCK));
  return NotifyConnection{.socket = std::move(socket)};
}

}  // namespace berth::systemd
