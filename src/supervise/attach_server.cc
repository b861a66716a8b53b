#include "supervise/attach_server.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "sys/unix_socket.h"

namespace berth::supervise {

Result<std::unique_ptr<AttachServer>> AttachServer::start(sys::EventLoop& loop, StdinWriter& input,
                                                          const Options& options) {
  TRY_ASSIGN(auto packet, ScratchBuffer::make(contract::kAttachInput));
  std::unique_ptr<AttachServer> server(
      new AttachServer(loop, input, options.end_input_with_client, std::move(packet)));
  TRY_ASSIGN(server->listener_,
             sys::listen_socket(options.socket_path, SOCK_SEQPACKET | SOCK_NONBLOCK, 0700));
  TRY(server->listen());
  return server;
}

AttachServer::AttachServer(sys::EventLoop& loop, StdinWriter& input, bool end_input_with_client,
                           ScratchBuffer packet)
    : loop_(loop), input_(input), end_input_with_client_(end_input_with_client), packet_(std::move(packet)) {
  input_.on_room([this] { update_all(); });
}

Result<void> AttachServer::listen() {
  TRY_ASSIGN(listening_, loop_.watch(listener_, EPOLLIN, [this](std::uint32_t) { accept_waiting(); }));
  return {};
}

// All who wait, since the next event may be output that they came for; with a bound, since others may keep coming.
void AttachServer::accept_waiting() {
  for (std::size_t count = 0; count < kMaxClients && accept_one(); ++count) {
  }
}

bool AttachServer::accept_one() {
  auto socket = sys::accept_socket(listener_);
  if (!socket) {
    // Out of descriptors: the connection would be reported again and again. It waits until a client leaves.
    if (socket.error().is(EMFILE) || socket.error().is(ENFILE)) {
      log::warning("attach: ", socket.error().to_string());
      listening_.reset();
    }
    return false;
  }
  if (clients_.size() >= kMaxClients) return true;  // closed at once
  auto client = std::make_unique<AttachClient>(std::move(*socket));
  watch(*client);
  if (client->watch.active()) clients_.push_back(std::move(client));
  return true;
}

void AttachServer::watch(AttachClient& client) {
  auto watch = loop_.watch(client.socket(), EPOLLIN | EPOLLRDHUP,
                           [this, raw = &client](std::uint32_t events) { handle(*raw, events); });
  if (!watch) return;
  client.watch = std::move(*watch);
  update(client);
}

void AttachServer::handle(AttachClient& client, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) client.flush();
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && client.input_open && input_.wants_more())
    read_input(client, events);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) hang_up(client);
  if (!client.gone()) update(client);
  forget_gone();
}

void AttachServer::read_input(AttachClient& client, std::uint32_t events) {
  const ssize_t size = ::recv(client.socket().get(), packet_.data(), contract::kAttachInput, MSG_DONTWAIT);
  if (size > 0) {
    input_.write({packet_.data(), static_cast<std::size_t>(size)});
    packet_.release();
    return;
  }
  // An empty packet is not the end, only a closed peer is from whom nothing more comes.
  if (size == 0 && (events & (EPOLLRDHUP | EPOLLHUP)) != 0 && !client.has_input()) end_input(client);
}

// Both directions are closed: nothing can reach it any more. What it has sent before is read first. The kernel reports
// the hang-up again and again, so while the container takes no input it is not watched.
void AttachServer::hang_up(AttachClient& client) {
  client.end_output();
  if (client.input_open && client.has_input()) {
    if (!input_.wants_more()) client.watch.reset();
    return;
  }
  end_input(client);
  client.drop();
}

void AttachServer::end_input(AttachClient& client) {
  if (!client.input_open) return;
  client.input_open = false;
  if (end_input_with_client_) input_.close();
}

// What we wait for depends on what is open and who waits for whom.
void AttachServer::update(AttachClient& client) {
  std::uint32_t events = 0;
  if (client.input_open && input_.wants_more()) events |= EPOLLIN | EPOLLRDHUP;
  if (client.pending()) events |= EPOLLOUT;
  if (client.watch.active()) ignore(client.watch.set_events(events));
}

void AttachServer::update_all() {
  for (const auto& client : clients_) {
    if (client->watch.active())
      update(*client);
    else if (!client->gone())
      watch(*client);
  }
}

void AttachServer::send(contract::AttachStream stream, std::string_view data) {
  if (clients_.empty()) return;
  for (const auto& client : clients_) {
    const bool was_pending = client->pending();
    client->send(stream, data);
    if (client->pending() != was_pending) update(*client);
  }
  forget_gone();
  if (congested()) watch_stalls();
}

bool AttachServer::congested() const noexcept {
  return std::any_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->pending(); });
}

void AttachServer::watch_stalls() {
  was_congested_ = true;
  if (stall_timer_.active()) return;
  auto timer = loop_.after(kStallPatience, [this] { drop_stalled(); });
  if (timer) {
    stall_timer_ = std::move(*timer);
    return;
  }
  // No timer to be had (out of descriptors): without a bound nobody may hold the payload back.
  for (const auto& client : clients_) {
    if (client->pending()) client->drop();
  }
}

void AttachServer::drop_stalled() {
  const auto limit = AttachClient::Clock::now() - kStallPatience;
  for (const auto& client : clients_) {
    if (!client->pending() || client->last_progress() > limit) continue;
    log::warning("attach: a client read nothing for ", kStallPatience.count(), " s and was dropped");
    end_input(*client);
    client->drop();
  }
  stall_timer_.reset();
  if (congested()) watch_stalls();
  forget_gone();
}

void AttachServer::forget_gone() {
  const auto left = std::erase_if(clients_, [](const auto& client) { return client->gone(); });
  if (left > 0 && listener_ && !listening_.active()) ignore(listen());
  if (!was_congested_ || congested()) return;
  was_congested_ = false;
  stall_timer_.reset();
  if (on_room_) on_room_();
}

void AttachServer::close() noexcept {
  listening_.reset();
  listener_.reset();
}

}  // namespace berth::supervise
