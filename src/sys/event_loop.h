// One epoll(7) loop: descriptors, signals (signalfd) and timers (timerfd), no threads, no wake-up while idle.
//
//   TRY_ASSIGN(auto loop, EventLoop::make());
//   TRY_ASSIGN(auto watch, loop->watch(socket, EPOLLIN, [&](std::uint32_t) { … }));
//   TRY_ASSIGN(auto child, loop->on_signals({SIGCHLD}, [&](const signalfd_siginfo&) { … }));
//   TRY_ASSIGN(auto grace, loop->after(std::chrono::seconds(2), [&] { … }));
//   TRY(loop->run());
//
// A Watch, Signal or Timer ends when its owner is destroyed, which may happen inside any callback, its own
// included: a callback whose owner is gone is never called. The descriptor of a watch stays the caller's and
// must outlive it. The loop must outlive all its owners. Not for use across fork.
#pragma once

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::sys {

class EventLoop {
  struct Entry;

 public:
  // Owns one registration.
  class [[nodiscard]] Handle {
   public:
    Handle() = default;
    Handle(Handle&&) noexcept = default;
    Handle& operator=(Handle&& other) noexcept;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { reset(); }
    void reset() noexcept;
    [[nodiscard]] bool active() const noexcept { return entry_ != nullptr; }
    // Waits for other events from now on; 0 pauses (hang-up and errors are still reported by the kernel).
    Result<void> set_events(std::uint32_t events);

   private:
    friend class EventLoop;
    explicit Handle(std::unique_ptr<Entry> entry) noexcept;
    struct Retire {
      void operator()(Entry* entry) const noexcept;
    };
    std::unique_ptr<Entry, Retire> entry_;
  };

  static Result<std::unique_ptr<EventLoop>> make();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  [[nodiscard]] Result<Handle> watch(FdRef fd, std::uint32_t events,
                                     std::function<void(std::uint32_t)> callback);
  // Blocks the signals for the process and reads them from a signalfd. One owner per signal.
  [[nodiscard]] Result<Handle> on_signals(std::initializer_list<int> signals,
                                          std::function<void(const signalfd_siginfo&)> callback);
  // Once, after `delay`.
  [[nodiscard]] Result<Handle> after(std::chrono::nanoseconds delay, std::function<void()> callback);
  // Again and again.
  [[nodiscard]] Result<Handle> every(std::chrono::nanoseconds period, std::function<void()> callback);

  // Dispatches until stop(). Only epoll itself can fail.
  Result<void> run();
  // Handles what is ready within `timeout_ms` (-1: waits), then returns.
  Result<void> run_once(int timeout_ms);
  void stop() noexcept { stopped_ = true; }

 private:
  explicit EventLoop(UniqueFd epoll) noexcept;
  Result<Handle> timer(std::chrono::nanoseconds first, std::chrono::nanoseconds period,
                       std::function<void()> callback);
  Result<Handle> add(std::unique_ptr<Entry> entry, std::uint32_t events);

  UniqueFd epoll_;
  bool stopped_ = false;
  bool dispatching_ = false;
  std::vector<std::unique_ptr<Entry>> retired_;  // freed when no event of this round can name them any more
};

}  // namespace berth::sys
