// AF_UNIX sockets: addresses of any length, datagrams with descriptors and credentials. unix(7), cmsg(3).
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::sys {

inline constexpr std::size_t kMaxPassedFds = 253;  // SCM_MAX_FD

// A socket address. A path of more than 107 bytes is reached through /proc/self/fd/N of its directory, whose
// descriptor the address then owns; "@name" is the abstract namespace.
class UnixAddress {
 public:
  static Result<UnixAddress> from(const std::string& path);
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }

 private:
  sockaddr_un address_{};
  socklen_t size_ = 0;
  UniqueFd directory_;
};

// `type` is SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET, with SOCK_NONBLOCK if wanted; always close-on-exec.
[[nodiscard]] Result<UniqueFd> make_socket(int type);
// Binds (a stale socket file is replaced) and gives the file `mode`. Does not listen.
[[nodiscard]] Result<UniqueFd> bind_socket(const std::string& path, int type, mode_t mode);
[[nodiscard]] Result<UniqueFd> listen_socket(const std::string& path, int type, mode_t mode,
                                             int backlog = 16);
[[nodiscard]] Result<UniqueFd> connect_socket(const std::string& path, int type);
[[nodiscard]] Result<UniqueFd> accept_socket(FdRef listener);  // EAGAIN comes back as an error
[[nodiscard]] Result<std::pair<UniqueFd, UniqueFd>> socket_pair(int type);
// SO_PASSCRED: each message received from now on carries its sender's credentials.
[[nodiscard]] Result<void> receive_credentials(FdRef socket);

struct Message {
  std::string data;
  std::vector<UniqueFd> fds;         // close-on-exec
  std::optional<ucred> credentials;  // in the receiver's namespaces; pid 0: a process that it cannot see
  bool truncated = false;            // MSG_TRUNC: the rest of the datagram is lost
  bool fds_truncated = false;        // MSG_CTRUNC: descriptors were lost (the kernel closed them)
};
// One recvmsg(2) of at most `limit` bytes with room for every descriptor that may come. EAGAIN is an error.
// On a stream or seqpacket socket an empty message without descriptors is the end.
[[nodiscard]] Result<Message> receive(FdRef socket, std::size_t limit, int flags = 0);

// One sendmsg(2), MSG_NOSIGNAL always on. Returns what was taken.
[[nodiscard]] Result<std::size_t> send(FdRef socket, std::string_view data,
                                       const std::vector<FdRef>& fds = {}, const UnixAddress* to = nullptr,
                                       int flags = 0, const ucred* credentials = nullptr);

}  // namespace berth::sys
