#include "systemd/notify_proxy.h"

#include "base/log.h"
#include "systemd/notify_translate.h"

namespace berth::systemd {

namespace {

constexpr mode_t kAnyUidOfTheContainer = 0777;

// A flood of these must not cost the messages that change the unit's state.
bool is_heavy(const NotifyMessage& message) {
  return message.phase() != NotifyPhase::unchanged || message.is_barrier() ||
         message.has(NotifyKey::main_pid);
}

}  // namespace

Result<std::unique_ptr<NotifyProxy>> NotifyProxy::start(sys::EventLoop& loop, Options options,
                                                        Events events) {
  if (!options.socket) {
    TRY_ASSIGN(options.socket,
               sys::bind_socket(options.socket_path, SOCK_DGRAM | SOCK_NONBLOCK, kAnyUidOfTheContainer));
  }
  TRY(sys::receive_credentials(options.socket));
  std::unique_ptr<NotifyProxy> proxy(new NotifyProxy(loop, std::move(options), std::move(events)));
  TRY(proxy->watch());
  return proxy;
}

NotifyProxy::NotifyProxy(sys::EventLoop& loop, Options options, Events events)
    : loop_(loop),
      events_(std::move(events)),
      socket_(std::move(options.socket)),
      policy_(options.policy),
      state_(std::move(options.state)),
      report_(loop) {
  if (!options.host) return;
  sender_.emplace(loop, std::move(*options.host));
  sender_->on_drained([this] { resume_reading(); });
  sender_->on_gone(events_.on_host_gone);
  for (QueuedNotification& queued : options.queue)
    sender_->send(std::move(queued.lines), std::move(queued.fds));
}

Result<void> NotifyProxy::watch() {
  TRY_ASSIGN(readable_, loop_.watch(socket_, EPOLLIN, [this](std::uint32_t) { read_socket(); }));
  return {};
}

void NotifyProxy::set_container(pid_t init, MembershipTest membership) {
  init_ = init;
  membership_ = std::move(membership);
  last_ = Sender();
}

void NotifyProxy::read_socket() {
  for (unsigned i = 0; i < kMessagesPerWakeUp; ++i) {
    if (sender_ && sender_->waiting() && !host_tried_patience_) {
      pause_reading();
      return;
    }
    if (!read_one()) return;
  }
}

bool NotifyProxy::read_one() {
  auto datagram = sys::receive(socket_, kMaxNotification, MSG_DONTWAIT);
  if (!datagram) {
    if (!datagram.error().is(EAGAIN)) log::warning("sd_notify: ", datagram.error().to_string());
    return false;
  }
  handle(std::move(*datagram));
  return true;
}

// The descriptors that did not go on are closed with `datagram`, which releases a waiting client.
void NotifyProxy::handle(sys::Message datagram) {
  ++state_.received;
  if (datagram.truncated) return drop(NotifyDrop::too_long);
  if (datagram.fds_truncated) return drop(NotifyDrop::lost_descriptors);
  const ParsedNotification parsed = NotifyMessage::parse(datagram.data);
  if (parsed.dropped != NotifyDrop::none) return drop(parsed.dropped);
  const NotifyDrop result = pass(datagram, parsed.message);
  if (result != NotifyDrop::none) drop(result);
  // The payload said it, whether or not the mode lets the host hear it.
  if (result != NotifyDrop::stranger && result != NotifyDrop::malformed_barrier) tell(parsed.message);
}

// Most messages come from the process that sent the one before. While its pidfd says that it lives, its number is its
// own, and what was found out about it holds: that is one system call before the message goes on, not seven.
const NotifyProxy::Sender& NotifyProxy::identify(const std::optional<ucred>& credentials) {
  if (credentials && credentials->pid == last_.peer.pid && last_.peer.alive()) return last_;
  last_.peer = credentials ? NotifyPeer::of(*credentials) : NotifyPeer{};
  last_.stranger = is_stranger(last_.peer);
  last_.alive = last_.peer.alive();
  return last_;
}

NotifyDrop NotifyProxy::pass(sys::Message& datagram, const NotifyMessage& message) {
  const Sender& sender = identify(datagram.credentials);
  if (sender.stranger) return NotifyDrop::stranger;
  const NotifyContext context = {
      .fds = datagram.fds.size(), .stored = state_.stored.total(), .host_is_ready = state_.host_is_ready};
  PolicyVerdict verdict = apply_policy(message, policy_, context);
  if (verdict.dropped != NotifyDrop::malformed_barrier) observe(message);
  if (verdict.dropped != NotifyDrop::none) return verdict.dropped;
  if (!sender_) return NotifyDrop::no_host;
  return forward(std::move(verdict), datagram, sender.alive ? sender.peer.pid : init_);
}

// A verdict counts only if the sender still lives afterwards: else its number may be another process's by
// now.
bool NotifyProxy::is_stranger(const NotifyPeer& peer) const {
  return membership_ && peer.process.valid() && membership_(peer.pid) == Membership::stranger && peer.alive();
}

NotifyDrop NotifyProxy::forward(PolicyVerdict verdict, sys::Message& datagram, pid_t anchor) {
  state_.withheld += verdict.withheld;
  NotifyMessage& message = verdict.message;
  state_.withheld += translate(message, anchor, datagram.fds, membership_);
  if (message.empty()) return NotifyDrop::not_allowed;
  std::vector<UniqueFd> fds;
  const bool names_fd =
      message.has(NotifyKey::fd_store) || message.has(NotifyKey::main_pidfd) || message.is_barrier();
  if (verdict.pass_fds && names_fd) fds = std::move(datagram.fds);
  const std::size_t count = fds.size();
  const auto weight = is_heavy(message) ? NotifySender::Weight::heavy : NotifySender::Weight::light;
  std::string lines = message.serialize();
  if (lines.size() > kMaxNotification) return NotifyDrop::too_long;  // longer numbers: our pids, our clock
  const NotifyDrop result = sender_->send(std::move(lines), std::move(fds), weight);
  if (result == NotifyDrop::none) note_forwarded(message, count);
  return result;
}

void NotifyProxy::note_forwarded(const NotifyMessage& message, std::size_t fds) {
  ++state_.forwarded;
  if (message.has(NotifyKey::ready)) state_.host_is_ready = true;
  const NotifyAssignment* name = message.find(NotifyKey::fd_name);
  const std::string_view fd_name = name != nullptr ? std::string_view(name->value) : std::string_view();
  if (message.has(NotifyKey::fd_store)) state_.stored.add(fd_name, static_cast<unsigned>(fds));
  if (message.has(NotifyKey::fd_store_remove)) state_.stored.remove(fd_name);
}

void NotifyProxy::observe(const NotifyMessage& message) {
  const NotifyPhase phase = message.phase();
  if (phase != NotifyPhase::unchanged) state_.phase = phase;
  if (phase == NotifyPhase::ready) state_.payload_was_ready = true;
  if (const NotifyAssignment* status = message.find(NotifyKey::status)) state_.status = status->value;
}

void NotifyProxy::tell(const NotifyMessage& message) {
  const auto call = [](const std::function<void()>& callback) {
    if (callback) callback();
  };
  if (message.has(NotifyKey::status) && events_.on_status) events_.on_status(state_.status);
  switch (message.phase()) {
    case NotifyPhase::ready:
      call(events_.on_ready);
      break;
    case NotifyPhase::reloading:
      call(events_.on_reloading);
      break;
    case NotifyPhase::stopping:
      call(events_.on_stopping);
      break;
    case NotifyPhase::unchanged:
      break;
  }
}

void NotifyProxy::drop(NotifyDrop reason) {
  state_.count(reason);
  report_.add(reason);
}

void NotifyProxy::pause_reading() {
  auto timer = loop_.after(kHostPatience, [this] {
    host_tried_patience_ = true;
    resume_reading();
  });
  if (!timer || !readable_.set_events(0)) {
    host_tried_patience_ = true;  // reading and dropping is better than never reading again
    return;
  }
  patience_ = std::move(*timer);
}

void NotifyProxy::resume_reading() {
  if (!sender_->waiting()) host_tried_patience_ = false;
  if (!patience_.active()) return;
  patience_.reset();
  ignore(readable_.set_events(EPOLLIN));
}

NotifyDrop NotifyProxy::announce(std::string_view lines) {
  const ParsedNotification parsed = NotifyMessage::parse(lines);
  if (parsed.dropped != NotifyDrop::none) return parsed.dropped;
  if (!sender_) return NotifyDrop::no_host;
  const NotifyDrop result = sender_->send(parsed.message.serialize(), {});
  if (result == NotifyDrop::none && parsed.message.has(NotifyKey::ready)) state_.host_is_ready = true;
  return result;
}

Result<void> NotifyProxy::verify_host(std::chrono::nanoseconds timeout, std::function<void(bool)> heard) {
  if (!sender_) return Error::with_errno(ENOTCONN, "verify the service manager");
  return sender_->barrier(timeout, std::move(heard));
}

bool NotifyProxy::finish(std::chrono::milliseconds timeout) {
  constexpr unsigned kLastMessages = 1024;  // a process that escaped must not keep us here
  readable_.reset();
  patience_.reset();
  for (unsigned i = 0; i < kLastMessages && read_one(); ++i) {
  }
  return !sender_ || sender_->finish(timeout);
}

NotifyProxy::Handover NotifyProxy::take_handover() {
  readable_.reset();
  patience_.reset();
  return {.socket = std::move(socket_),
          .state = std::move(state_),
          .queue = sender_ ? sender_->take_queue() : std::deque<QueuedNotification>()};
}

}  // namespace berth::systemd
