// AttachClient: one connection to the attach socket (contract/attach_frame.h).
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "contract/attach_frame.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class AttachClient {
 public:
  using Clock = std::chrono::steady_clock;

  explicit AttachClient(UniqueFd socket) : socket_(std::move(socket)) {}

  // Sends `data` in frames; keeps those that the socket does not take now. Never waits. Nothing once the peer takes no
  // output; it may still speak, or have spoken.
  void send(contract::AttachStream stream, std::string_view data);
  // Sends what was kept.
  void flush();
  void end_output() noexcept;
  void drop() noexcept;
  // It has sent something that was not read yet.
  [[nodiscard]] bool has_input() const noexcept;

  [[nodiscard]] bool pending() const noexcept { return !kept_.empty(); }
  [[nodiscard]] bool gone() const noexcept { return !socket_; }
  // When the socket last took a frame, or when the first one was kept.
  [[nodiscard]] Clock::time_point last_progress() const noexcept { return last_progress_; }
  [[nodiscard]] FdRef socket() const noexcept { return socket_; }

  sys::EventLoop::Handle watch;  // the server's; ended by drop()
  bool input_open = true;        // the client has not ended its input

 private:
  enum class Outcome { sent, full, closed };
  Outcome send_frame(char stream, std::string_view data) noexcept;

  UniqueFd socket_;
  bool output_open_ = true;
  std::deque<std::string> kept_;  // frames, the stream byte first; at most one read's worth
  Clock::time_point last_progress_;
};

}  // namespace berth::supervise
