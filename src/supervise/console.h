// Console: receives the container's pty from the OCI runtime over --console-socket (runc's protocol: one
// SOCK_STREAM connection, one message with one descriptor).
//
// The socket lies in a private directory of its own under $TMPDIR or /tmp, both are gone once the descriptor has
// come or the object dies.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class Console {
 public:
  // `take` is called once, with the pty's master.
  static Result<std::unique_ptr<Console>> listen(sys::EventLoop& loop, std::function<void(UniqueFd)> take);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();

  [[nodiscard]] std::string socket_path() const { return directory_ + "/socket"; }
  [[nodiscard]] bool received() const noexcept { return received_; }

 private:
  Console(sys::EventLoop& loop, std::string directory, std::function<void(UniqueFd)> take);
  void accept_one();
  void receive();
  void remove() noexcept;

  sys::EventLoop& loop_;
  std::string directory_;
  std::function<void(UniqueFd)> take_;
  UniqueFd listener_;
  UniqueFd connection_;
  sys::EventLoop::Handle watch_;
  bool received_ = false;
};

// The terminal's new size; the payload gets SIGWINCH.
[[nodiscard]] Result<void> resize_terminal(FdRef pty, unsigned short rows, unsigned short columns);

}  // namespace berth::supervise
