// NotifyProxy: the line from inside a container to the service manager outside.
//
//   payload ──/run/notify/notify.sock──> receive ─> parse ─> policy ─> translate ─> NotifySender ──> host
//                                        creds+fds  drop     withhold  pids, clock  queue
//
//   NotifyProxy::Options options;
//   options.socket_path = run_dir + "/notify/notify.sock";
//   options.host = address;                       // none: messages are observed, barriers closed at once
//   TRY_ASSIGN(auto proxy, NotifyProxy::start(loop, std::move(options), {.on_ready = [&] { … }}));
//   …
//   proxy->set_container(init.pid(), [=](pid_t pid) { return in_cgroup(pid, cgroup); });
//   …
//   proxy->finish(500ms);                         // after the payload has ended, before we do
//
// Messages keep their order and their borders. A barrier goes upstream with the client's own descriptor,
// behind all that came before, and our copy is closed once it is sent: the client is released by the host,
// not by us; it is released at once when nothing goes to a host. While the host is full the container's
// socket is not read (its senders block, as they would on the host's own socket), for kHostPatience at most;
// after that messages are dropped and counted. At most kMessagesPerWakeUp are handled before the loop's other
// events get their turn.
//
// The socket is bound 0777: any uid of the container may write. What can reach it from outside is limited by
// the directory that it is in, which the owner keeps closed to others. A sender that has ended already is
// heard, save where its pid matters. All state is plain data and descriptors (take_handover()).
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "sys/event_loop.h"
#include "sys/unix_socket.h"
#include "systemd/drop_report.h"
#include "systemd/notify_address.h"
#include "systemd/notify_peer.h"
#include "systemd/notify_policy.h"
#include "systemd/notify_sender.h"
#include "systemd/notify_state.h"

namespace berth::systemd {

class NotifyProxy {
 public:
  static constexpr unsigned kMessagesPerWakeUp = 32;
  static constexpr auto kHostPatience = std::chrono::seconds(3);

  struct Options {
    std::string socket_path;            // bound by us, a stale one is replaced; removed by the owner
    UniqueFd socket;                    // or: bound already (handover)
    std::optional<NotifyAddress> host;  // NOTIFY_SOCKET of our environment
    NotifyPolicy policy;
    NotifyState state;                     // handover
    std::deque<QueuedNotification> queue;  // handover
  };
  // What the owner wants to know, each called after the message went on. Empty ones are not called.
  struct Events {
    std::function<void()> on_ready;
    std::function<void()> on_reloading;
    std::function<void()> on_stopping;
    std::function<void(const std::string&)> on_status;
    // The host does not listen, in words; said once until it is back. Without it the log says so.
    std::function<void(const std::string&)> on_host_gone;
  };

  static Result<std::unique_ptr<NotifyProxy>> start(sys::EventLoop& loop, Options options, Events events);
  NotifyProxy(const NotifyProxy&) = delete;
  NotifyProxy& operator=(const NotifyProxy&) = delete;

  // Once the container has a first process: who belongs to it (a stranger's messages are dropped from here
  // on).
  void set_container(pid_t init, MembershipTest membership);

  // The supervisor's own words ("READY=1\nSTATUS=running"), in order with the container's. Not subject to
  // policy.
  NotifyDrop announce(std::string_view lines);

  // Whether the host reads what we send: a barrier of ours behind all that was sent. False after `timeout`.
  Result<void> verify_host(std::chrono::nanoseconds timeout, std::function<void(bool)> heard);

  // The end: reads what the container has sent, sends it, waits for the host, all within `timeout`. False:
  // something did not arrive in time. Nothing is read after this.
  bool finish(std::chrono::milliseconds timeout);

  [[nodiscard]] const NotifyState& state() const noexcept { return state_; }

  // Stops, and gives away all that a successor needs to go on where we stopped.
  struct Handover {
    UniqueFd socket;
    NotifyState state;
    std::deque<QueuedNotification> queue;
  };
  [[nodiscard]] Handover take_handover();

 private:
  NotifyProxy(sys::EventLoop& loop, Options options, Events events);
  Result<void> watch();
  void read_socket();
  bool read_one();
  void handle(sys::Message datagram);
  // What is known of the process that sent a message.
  struct Sender {
    NotifyPeer peer;
    bool alive = false;
    bool stranger = false;
  };
  const Sender& identify(const std::optional<ucred>& credentials);
  [[nodiscard]] bool is_stranger(const NotifyPeer& peer) const;
  NotifyDrop pass(sys::Message& datagram, const NotifyMessage& message);
  NotifyDrop forward(PolicyVerdict verdict, sys::Message& datagram, pid_t anchor);
  void observe(const NotifyMessage& message);
  void tell(const NotifyMessage& message);
  void note_forwarded(const NotifyMessage& message, std::size_t fds);
  void drop(NotifyDrop reason);
  void pause_reading();
  void resume_reading();

  sys::EventLoop& loop_;
  Events events_;
  UniqueFd socket_;
  NotifyPolicy policy_;
  NotifyState state_;
  DropReport report_;
  std::optional<NotifySender> sender_;
  pid_t init_ = 0;
  MembershipTest membership_;
  Sender last_;  // the sender of the last message
  sys::EventLoop::Handle readable_;
  sys::EventLoop::Handle patience_;
  bool host_tried_patience_ = false;  // reading goes on although the host is full
};

}  // namespace berth::systemd
