#include "sys/event_loop.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/text.h"

namespace berth::sys {

struct EventLoop::Entry {
  EventLoop* loop = nullptr;
  UniqueFd owned;  // the signalfd or timerfd; empty for a watch
  int fd = -1;
  bool live = true;
  std::function<void(std::uint32_t)> callback;
};

EventLoop::Handle::Handle(std::unique_ptr<Entry> entry) noexcept : entry_(entry.release()) {}

EventLoop::Handle& EventLoop::Handle::operator=(Handle&& other) noexcept {
  if (this != &other) entry_ = std::move(other.entry_);
  return *this;
}

void EventLoop::Handle::reset() noexcept {
  entry_.reset();
}

void EventLoop::Handle::Retire::operator()(Entry* entry) const noexcept {
  EventLoop* loop = entry->loop;
  ::epoll_ctl(loop->epoll_.get(), EPOLL_CTL_DEL, entry->fd, nullptr);
  entry->live = false;
  std::unique_ptr<Entry> owner(entry);
  // An event of the round that is being dispatched may still point here, and its callback may be running.
  if (loop->dispatching_) loop->retired_.push_back(std::move(owner));
}

Result<void> EventLoop::Handle::set_events(std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = entry_.get()}};
  if (::epoll_ctl(entry_->loop->epoll_.get(), EPOLL_CTL_MOD, entry_->fd, &event) < 0)
    return Error::sys("epoll_ctl");
  return {};
}

Result<std::unique_ptr<EventLoop>> EventLoop::make() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return Error::sys("epoll_create1");
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll)));
}

EventLoop::EventLoop(UniqueFd epoll) noexcept : epoll_(std::move(epoll)) {}
EventLoop::~EventLoop() = default;

Result<EventLoop::Handle> EventLoop::add(std::unique_ptr<Entry> entry, std::uint32_t events) {
  entry->loop = this;
  epoll_event event{.events = events, .data = {.ptr = entry.get()}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, entry->fd, &event) < 0)
    return Error::sys("epoll_ctl", concat("fd ", entry->fd));
  return Handle(std::move(entry));
}

Result<EventLoop::Handle> EventLoop::watch(FdRef fd, std::uint32_t events,
                                           std::function<void(std::uint32_t)> callback) {
  auto entry = std::make_unique<Entry>();
  entry->fd = fd.get();
  entry->callback = std::move(callback);
  return add(std::move(entry), events);
}

Result<EventLoop::Handle> EventLoop::on_signals(std::initializer_list<int> signals,
                                                std::function<void(const signalfd_siginfo&)> callback) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) < 0) return Error::sys("sigprocmask");
  auto entry = std::make_unique<Entry>();
  entry->owned = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!entry->owned) return Error::sys("signalfd");
  entry->fd = entry->owned.get();
  entry->callback = [raw = entry.get(), callback = std::move(callback)](std::uint32_t) {
    signalfd_siginfo info{};
    while (raw->live && ::read(raw->fd, &info, sizeof info) == sizeof info) callback(info);
  };
  return add(std::move(entry), EPOLLIN);
}

Result<EventLoop::Handle> EventLoop::timer(std::chrono::nanoseconds first, std::chrono::nanoseconds period,
                                           std::function<void()> callback) {
  const auto split = [](std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    return timespec{.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
  };
  auto entry = std::make_unique<Entry>();
  entry->owned = UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!entry->owned) return Error::sys("timerfd_create");
  entry->fd = entry->owned.get();
  // A first expiry of zero would disarm the timer.
  const itimerspec spec{.it_interval = split(period),
                        .it_value = split(std::max(first, std::chrono::nanoseconds(1)))};
  if (::timerfd_settime(entry->fd, 0, &spec, nullptr) < 0) return Error::sys("timerfd_settime");
  entry->callback = [raw = entry.get(), callback = std::move(callback)](std::uint32_t) {
    std::uint64_t expirations = 0;
    if (::read(raw->fd, &expirations, sizeof expirations) == sizeof expirations) callback();
  };
  return add(std::move(entry), EPOLLIN);
}

Result<EventLoop::Handle> EventLoop::after(std::chrono::nanoseconds delay, std::function<void()> callback) {
  return timer(delay, std::chrono::nanoseconds(0), std::move(callback));
}

Result<EventLoop::Handle> EventLoop::every(std::chrono::nanoseconds period, std::function<void()> callback) {
  return timer(period, period, std::move(callback));
}

Result<void> EventLoop::run() {
  stopped_ = false;
  while (!stopped_) TRY(run_once(-1));
  return {};
}

Result<void> EventLoop::run_once(int timeout_ms) {
  std::array<epoll_event, 32> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  if (count < 0) {
    if (errno == EINTR) return {};
    return Error::sys("epoll_wait");
  }
  dispatching_ = true;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    auto* entry = static_cast<Entry*>(event.data.ptr);
    if (entry->live) entry->callback(event.events);
  }
  dispatching_ = false;
  retired_.clear();
  return {};
}

}  // namespace berth::sys
