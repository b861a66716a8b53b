// NotifySender: the line to the host, in order, never blocking, never wedged.
//
//   NotifySender sender(loop, address);
//   sender.send("READY=1", {});
//
// What does not go at once waits in a queue, bounded in bytes and in descriptors, until the host has room
// (EPOLLOUT of the connected socket). A message that does not fit is refused (NotifyDrop::queue_full). STATUS
// and the like leave the last quarter of the queue to what matters (READY, STOPPING, a barrier). A host that
// restarts is found again at the next message; one that is gone is reported once, until it is back.
// Descriptors are closed when they are sent or dropped. The loop must outlive the sender.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/event_loop.h"
#include "systemd/notify_address.h"
#include "systemd/notify_message.h"

namespace berth::systemd {

struct QueuedNotification {
  std::string lines;
  std::vector<UniqueFd> fds;
};

struct BarrierUnderWay {
  UniqueFd read_end;
  bool is_last = true;  // nothing was sent behind it
  std::function<void(bool)> heard;
  sys::EventLoop::Handle hang_up;
  sys::EventLoop::Handle timeout;
};

class NotifySender {
 public:
  static constexpr std::size_t kMaxQueuedBytes = 64U << 10U;
  static constexpr std::size_t kMaxQueuedFds = 512;
  enum class Weight : std::uint8_t { light, heavy };

  NotifySender(sys::EventLoop& loop, NotifyAddress address);
  NotifySender(const NotifySender&) = delete;
  NotifySender& operator=(const NotifySender&) = delete;

  // none: sent or queued; queue_full or no_host: dropped, descriptors closed.
  NotifyDrop send(std::string lines, std::vector<UniqueFd> fds, Weight weight = Weight::heavy);
  // Messages are waiting for the host.
  [[nodiscard]] bool waiting() const noexcept { return !queue_.empty(); }
  // Called each time the queue has become empty.
  void on_drained(std::function<void()> callback) { drained_ = std::move(callback); }
  // Called with the report of a host that is gone, in the place of the log.
  void on_gone(std::function<void(const std::string&)> callback) { gone_ = std::move(callback); }

  // A barrier of our own behind all that was sent: `heard(true)` when the host has closed it, `heard(false)`
  // after `timeout` or when there is no host. EBUSY while another one is under way.
  Result<void> barrier(std::chrono::nanoseconds timeout, std::function<void(bool)> heard);

  // Without the loop, for the end: sends what is queued, then waits until the host has processed it, both
  // within `timeout`. False: something was left.
  bool finish(std::chrono::milliseconds timeout);

  // For handover: what waits. The sender is idle afterwards.
  [[nodiscard]] std::deque<QueuedNotification> take_queue();

 private:
  enum class Attempt : std::uint8_t { sent, full, lost };

  [[nodiscard]] bool fits(const QueuedNotification& message, Weight weight) const noexcept;
  Attempt try_send(const QueuedNotification& message);
  Result<Attempt> try_send_connected(const QueuedNotification& message);
  void disconnect() noexcept;
  void note_gone(const Error& why);
  void note_sent();
  NotifyDrop flush();
  void wait_for_room();
  void stop_waiting() noexcept;
  void end_barrier(bool heard);

  sys::EventLoop& loop_;
  NotifyAddress address_;
  NotifyConnection connection_;
  std::deque<QueuedNotification> queue_;
  std::size_t queued_bytes_ = 0;
  std::size_t queued_fds_ = 0;
  bool reported_gone_ = false;
  bool unconfirmed_ = false;  // something was sent after the last barrier that the host honoured
  bool short_of_memory_ = false;
  std::function<void()> drained_;
  std::function<void(const std::string&)> gone_;
  sys::EventLoop::Handle room_;
  sys::EventLoop::Handle retry_;
  std::optional<BarrierUnderWay> barrier_;
};

}  // namespace berth::systemd
