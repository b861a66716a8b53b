#include "systemd/notify_sender.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "sys/child.h"
#include "sys/unix_socket.h"
#include "systemd/notify_client.h"

namespace berth::systemd {

namespace {

// The kernel is short of something that no POLLOUT announces (descriptors in flight, buffers).
constexpr auto kShortageRetry = std::chrono::milliseconds(100);

bool is_shortage(const Error& error) noexcept {
  return error.is(ETOOMANYREFS) || error.is(ENOBUFS) || error.is(ENOMEM);
}

// The message itself cannot be sent; another one may.
bool is_refusal(const Error& error) noexcept {
  return error.is(EMSGSIZE) || error.is(EINVAL) || error.is(EBADF) || error.is(EOPNOTSUPP);
}

}  // namespace

NotifySender::NotifySender(sys::EventLoop& loop, NotifyAddress address)
    : loop_(loop), address_(std::move(address)) {}

bool NotifySender::fits(const QueuedNotification& message, Weight weight) const noexcept {
  const auto room = [weight](std::size_t whole) { return weight == Weight::heavy ? whole : whole / 4 * 3; };
  return queued_bytes_ + message.lines.size() <= room(kMaxQueuedBytes) &&
         queued_fds_ + message.fds.size() <= room(kMaxQueuedFds);
}

NotifyDrop NotifySender::send(std::string lines, std::vector<UniqueFd> fds, Weight weight) {
  if (!address_.passes_fds()) {
    fds.clear();
    if (lines == "BARRIER=1") return NotifyDrop::none;  // nothing of ours is queued beyond the kernel here
  }
  QueuedNotification message{std::move(lines), std::move(fds)};
  if (!fits(message, weight)) return NotifyDrop::queue_full;
  if (barrier_) barrier_->is_last = false;
  queued_bytes_ += message.lines.size();
  queued_fds_ += message.fds.size();
  const bool was_waiting = waiting();
  queue_.push_back(std::move(message));
  if (was_waiting) return NotifyDrop::none;
  const NotifyDrop result = flush();
  if (waiting()) wait_for_room();
  return result;
}

// Sends from the front until the host is full. The result is that of the last message dealt with.
NotifyDrop NotifySender::flush() {
  NotifyDrop result = NotifyDrop::none;
  while (!queue_.empty()) {
    const Attempt attempt = try_send(queue_.front());
    if (attempt == Attempt::full) return NotifyDrop::none;
    result = attempt == Attempt::sent ? NotifyDrop::none : NotifyDrop::no_host;
    queued_bytes_ -= queue_.front().lines.size();
    queued_fds_ -= queue_.front().fds.size();
    queue_.pop_front();
  }
  return result;
}

// A manager that was re-executed, or a test host that came back, is bound anew: one more connect finds it.
NotifySender::Attempt NotifySender::try_send(const QueuedNotification& message) {
  const bool was_connected = connection_.socket.valid();
  auto sent = try_send_connected(message);
  if (!sent && was_connected && !connection_.socket) sent = try_send_connected(message);
  if (sent) return *sent;
  note_gone(sent.error());
  return Attempt::lost;
}

// An error, and no connection any more, when nobody listens.
Result<NotifySender::Attempt> NotifySender::try_send_connected(const QueuedNotification& message) {
  if (!connection_.socket) {
    TRY_ASSIGN(connection_, connect_notify_socket(address_));
  }
  const std::vector<FdRef> fds(message.fds.begin(), message.fds.end());
  auto sent = sys::send(connection_.socket, message.lines, fds, nullptr, MSG_DONTWAIT);
  short_of_memory_ = !sent && is_shortage(sent.error());
  if (sent) {
    note_sent();
    return Attempt::sent;
  }
  if (sent.error().is(EAGAIN) || short_of_memory_) return Attempt::full;
  if (is_refusal(sent.error())) {
    log::warning("sd_notify: a message could not be sent: ", sent.error().to_string());
    return Attempt::lost;
  }
  disconnect();
  return std::move(sent).error();
}

void NotifySender::disconnect() noexcept {
  stop_waiting();
  connection_.socket.reset();
}

void NotifySender::note_gone(const Error& why) {
  if (reported_gone_) return;
  reported_gone_ = true;
  const std::string words = concat("the service manager at ", address_.to_string(),
                                   " does not listen, messages to it are lost: ", why.to_string());
  if (gone_) return gone_(words);
  log::warning("sd_notify: ", words);
}

void NotifySender::note_sent() {
  if (reported_gone_) log::info("sd_notify: the service manager at ", address_.to_string(), " listens again");
  reported_gone_ = false;
  unconfirmed_ = true;
  if (connection_.one_message) disconnect();
}

void NotifySender::wait_for_room() {
  const auto again = [this] {
    flush();
    if (waiting()) {
      wait_for_room();
      return;
    }
    stop_waiting();
    if (drained_) drained_();
  };
  stop_waiting();
  auto handle = short_of_memory_
                    ? loop_.after(kShortageRetry, again)
                    : loop_.watch(connection_.socket, EPOLLOUT, [again](std::uint32_t) { again(); });
  if (handle) {
    (short_of_memory_ ? retry_ : room_) = std::move(*handle);
  } else {
    log::warning("sd_notify: ", handle.error().to_string());
  }
}

void NotifySender::stop_waiting() noexcept {
  room_.reset();
  retry_.reset();
}

Result<void> NotifySender::barrier(std::chrono::nanoseconds timeout, std::function<void(bool)> heard) {
  if (barrier_) return Error::with_errno(EBUSY, "barrier");
  TRY_ASSIGN(sys::Pipe pipe, sys::Pipe::make());
  barrier_.emplace();
  barrier_->read_end = std::move(pipe.read_end);
  barrier_->heard = std::move(heard);
  TRY_ASSIGN(barrier_->hang_up,
             loop_.watch(barrier_->read_end, 0, [this](std::uint32_t) { end_barrier(true); }));
  TRY_ASSIGN(barrier_->timeout, loop_.after(timeout, [this] { end_barrier(false); }));
  std::vector<UniqueFd> fds;
  fds.push_back(std::move(pipe.write_end));
  const NotifyDrop sent = send("BARRIER=1", std::move(fds));
  barrier_->is_last = true;
  if (sent != NotifyDrop::none) end_barrier(false);
  return {};
}

void NotifySender::end_barrier(bool heard) {
  if (!barrier_) return;
  const auto callback = std::move(barrier_->heard);
  if (heard && barrier_->is_last) unconfirmed_ = false;
  barrier_.reset();
  if (callback) callback(heard);
}

bool NotifySender::finish(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  const auto remaining = [end] {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  };
  flush();
  while (waiting() && remaining() > 0) {
    pollfd poll{.fd = connection_.socket.get(), .events = POLLOUT, .revents = 0};
    constexpr int kShortageRetryMs = 10;
    ::poll(&poll, 1, short_of_memory_ ? std::min(remaining(), kShortageRetryMs) : remaining());
    flush();
  }
  stop_waiting();
  if (waiting()) return false;
  if (!unconfirmed_ || !address_.passes_fds()) return true;
  unconfirmed_ = false;
  return notify_barrier(address_, remaining()).has_value();
}

std::deque<QueuedNotification> NotifySender::take_queue() {
  stop_waiting();
  queued_bytes_ = 0;
  queued_fds_ = 0;
  return std::exchange(queue_, {});
}

}  // namespace berth::systemd
