#include "supervise/attach_client.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace berth::supervise {

AttachClient::Outcome AttachClient::send_frame(char stream, std::string_view data) noexcept {
  std::array<iovec, 2> parts = {{{.iov_base = &stream, .iov_len = 1},
                                 {.iov_base = const_cast<char*>(data.data()), .iov_len = data.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  while (::sendmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == ENOBUFS ? Outcome::full : Outcome::closed;
  }
  return Outcome::sent;
}

void AttachClient::send(contract::AttachStream stream, std::string_view data) {
  const auto byte = static_cast<char>(stream);
  while (output_open_ && !data.empty()) {
    const std::string_view frame = data.substr(0, contract::kAttachPayload);
    data.remove_prefix(frame.size());
    const Outcome outcome = pending() ? Outcome::full : send_frame(byte, frame);
    if (outcome == Outcome::closed) end_output();
    if (outcome != Outcome::full) continue;
    if (!pending()) last_progress_ = Clock::now();
    kept_.emplace_back(1, byte).append(frame);
  }
}

void AttachClient::flush() {
  while (pending()) {
    const std::string_view frame = kept_.front();
    const Outcome outcome = send_frame(frame.front(), frame.substr(1));
    if (outcome == Outcome::full) return;
    if (outcome == Outcome::closed) return end_output();
    last_progress_ = Clock::now();
    kept_.pop_front();
  }
  if (!pending()) kept_ = {};
}

void AttachClient::end_output() noexcept {
  output_open_ = false;
  kept_.clear();
}

void AttachClient::drop() noexcept {
  watch.reset();
  socket_.reset();
  end_output();
}

bool AttachClient::has_input() const noexcept {
  int waiting = 0;
  return ::ioctl(socket_.get(), FIONREAD, &waiting) == 0 && waiting > 0;
}

}  // namespace berth::supervise
