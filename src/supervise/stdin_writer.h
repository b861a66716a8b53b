// StdinWriter: bytes from attached clients into the container's stdin (a pipe or its pty), in order.
//
// At most one packet waits here: while it does, wants_more() is false and clients are not read. A reader that
// is gone (EPIPE) makes the rest disappear.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class StdinWriter {
 public:
  explicit StdinWriter(sys::EventLoop& loop) : loop_(loop) {}
  StdinWriter(const StdinWriter&) = delete;
  StdinWriter& operator=(const StdinWriter&) = delete;

  // `writable_again` is called when wants_more() turns true.
  void on_room(std::function<void()> writable_again) { on_room_ = std::move(writable_again); }
  // The container's end; non-blocking from here on. What waited goes out.
  void open(UniqueFd fd);
  void write(std::string_view data);
  // No more input: closed once what waits is written.
  void close();
  [[nodiscard]] bool wants_more() const noexcept { return pending_.empty() || ended_; }

 private:
  void flush();
  void end() noexcept;
  [[nodiscard]] bool write_some();

  sys::EventLoop& loop_;
  std::function<void()> on_room_;
  UniqueFd fd_;
  std::string pending_;
  std::size_t written_ = 0;  // of pending_
  bool closing_ = false;
  bool ended_ = false;
  sys::EventLoop::Handle writable_;
};

}  // namespace berth::supervise
