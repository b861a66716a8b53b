// SeccompSocket: --seccomp-notify-socket, where the OCI runtime hands over the listener of a seccomp filter
// (seccomp_unotify(2)). conmon gives it to plugins that it loads; a static program loads none.
//
// So the socket is there and a container whose filter asks nobody runs as it does under conmon. A listener that does
// come is closed, which the log says: what the filter would have asked about fails with ENOSYS (conmon ends when it
// cannot load a plugin, and leaves the container alone).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/event_loop.h"

namespace berth::monitor {

class SeccompSocket {
 public:
  static Result<std::unique_ptr<SeccompSocket>> listen(sys::EventLoop& loop, std::string path,
                                                       std::string plugins);
  SeccompSocket(const SeccompSocket&) = delete;
  SeccompSocket& operator=(const SeccompSocket&) = delete;
  ~SeccompSocket();

 private:
  SeccompSocket(sys::EventLoop& loop, std::string path, std::string plugins)
      : loop_(loop), path_(std::move(path)), plugins_(std::move(plugins)) {}
  void accept_one();
  void refuse();

  sys::EventLoop& loop_;
  std::string path_;
  std::string plugins_;
  UniqueFd listener_;
  sys::EventLoop::Handle watch_;
  UniqueFd connection_;
  sys::EventLoop::Handle received_;
};

}  // namespace berth::monitor
