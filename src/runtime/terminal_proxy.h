// Our own terminal in raw mode, carried to and from the pty of a container: what is typed goes in, what is printed
// comes out. termios(3), ioctl_tty(2).
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <memory>
#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/event_loop.h"

namespace berth::runtime {

class TerminalProxy {
 public:
  // Takes over stdin and stdout of this process; their terminal's mode comes back when the proxy dies.
  static Result<TerminalProxy> make(sys::EventLoop& loop, UniqueFd master);
  TerminalProxy(TerminalProxy&&) noexcept;
  TerminalProxy& operator=(TerminalProxy&&) = delete;
  TerminalProxy(const TerminalProxy&) = delete;
  TerminalProxy& operator=(const TerminalProxy&) = delete;
  ~TerminalProxy();

  // Takes over the size of our terminal.
  void resize() noexcept;
  // What is left in the pty after the container's end.
  void drain() noexcept;

 private:
  struct State;
  explicit TerminalProxy(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace berth::runtime
