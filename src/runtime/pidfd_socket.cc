#include "runtime/pidfd_socket.h"

#include <sys/socket.h>

#include "sys/unix_socket.h"

namespace berth::runtime {

Result<void> send_pidfd(const std::string& socket_path, const sys::PidFd& init) {
  TRY_ASSIGN(const UniqueFd socket, sys::connect_socket(socket_path, SOCK_STREAM).context("--pidfd-socket"));
  TRY_ASSIGN(const std::size_t sent, sys::send(socket, "pidfd", {init.fd()}));
  if (sent == 0) return Error::message("--pidfd-socket: nothing was taken");
  return {};
}

}  // namespace berth::runtime
