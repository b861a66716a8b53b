#include "monitor/seccomp_socket.h"

#include "base/log.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::monitor {

Result<std::unique_ptr<SeccompSocket>> SeccompSocket::listen(sys::EventLoop& loop, std::string path,
                                                             std::string plugins) {
  std::unique_ptr<SeccompSocket> door(new SeccompSocket(loop, std::move(path), std::move(plugins)));
  TRY_ASSIGN(door->listener_, sys::listen_socket(door->path_, SOCK_STREAM | SOCK_NONBLOCK, 0700));
  TRY_ASSIGN(door->watch_,
             loop.watch(door->listener_, EPOLLIN, [raw = door.get()](std::uint32_t) { raw->accept_one(); }));
  return door;
}

SeccompSocket::~SeccompSocket() {
  ignore(sys::remove_file(path_));
}

// Another one that comes takes the place of the first.
void SeccompSocket::accept_one() {
  auto connection = sys::accept_socket(listener_);
  if (!connection) return;
  auto watch = loop_.watch(*connection, EPOLLIN, [this](std::uint32_t) { refuse(); });
  if (!watch) return;
  connection_ = std::move(*connection);
  received_ = std::move(*watch);
}

// Not before the runtime has sent it: a connection that breaks would fail the container.
void SeccompSocket::refuse() {
  received_.reset();
  connection_.reset();
  log::error("seccomp notifications: the plugins ", plugins_,
             " cannot be loaded; what the filter asks about fails with ENOSYS");
}

}  // namespace berth::monitor
