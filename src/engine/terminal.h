// The user's terminal: raw while it is attached to a container's, restored afterwards; its size. termios(3).
#pragma once

#include <termios.h>

#include <optional>

#include "base/result.h"

namespace berth::engine {

struct TerminalSize {
  unsigned short rows = 0;
  unsigned short columns = 0;
};

// nullopt when `fd` is no terminal.
[[nodiscard]] std::optional<TerminalSize> terminal_size(int fd);
[[nodiscard]] bool is_terminal(int fd);

// Owns the raw mode of a terminal: bytes as they are typed, signals keys included.
class RawTerminal {
 public:
  static Result<RawTerminal> enter(int fd);
  RawTerminal(RawTerminal&& other) noexcept;
  RawTerminal& operator=(RawTerminal&&) = delete;
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();

 private:
  RawTerminal(int fd, const termios& before) : fd_(fd), before_(before) {}
  int fd_;
  termios before_;
};

}  // namespace berth::engine
