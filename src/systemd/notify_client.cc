#include "systemd/notify_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/text.h"
#include "sys/child.h"
#include "sys/unix_socket.h"

namespace berth::systemd {

namespace {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  explicit Deadline(int timeout_ms)
      : forever_(timeout_ms < 0), end_(Clock::now() + std::chrono::milliseconds(timeout_ms)) {}
  [[nodiscard]] int remaining_ms() const {
    if (forever_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
  }

 private:
  bool forever_;
  Clock::time_point end_;
};

Result<void> wait_for(int fd, short events, const Deadline& deadline, std::string_view what) {
  while (true) {
    pollfd poll{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&poll, 1, deadline.remaining_ms());
    if (ready > 0) return {};
    if (ready == 0) return Error::with_errno(ETIMEDOUT, what);
    if (errno != EINTR) return Error::sys("poll");
  }
}

// A stream has no message borders: the end of the connection is the end of the message, and the host's
// closing it says that it was taken.
Result<void> finish_message(const UniqueFd& socket, const Deadline& deadline) {
  if (::shutdown(socket.get(), SHUT_WR) < 0) return Error::sys("shutdown");
  TRY(wait_for(socket.get(), POLLIN, deadline, "wait for the host to take the message"));
  std::array<char, 1> nothing{};
  ignore(sys::receive(socket, nothing.size(), MSG_DONTWAIT));
  return {};
}

Result<void> send_all(const UniqueFd& socket, std::string_view lines, const std::vector<FdRef>& fds,
                      const Deadline& deadline, const ucred* credentials) {
  while (true) {
    auto sent = sys::send(socket, lines, fds, nullptr, MSG_DONTWAIT, credentials);
    if (sent && *sent == lines.size()) return {};
    if (sent) {
      lines.remove_prefix(*sent);
    } else if (!sent.error().is(EAGAIN)) {
      return std::move(sent).error();
    }
    TRY(wait_for(socket.get(), POLLOUT, deadline, "wait for room at the host"));
  }
}

}  // namespace

Result<void> send_notification(const NotifyAddress& address, std::string_view lines,
                               const std::vector<FdRef>& fds, int timeout_ms, pid_t as_pid) {
  if (!fds.empty() && !address.passes_fds())
    return Error::with_errno(EOPNOTSUPP, "pass descriptors to", address.to_string());
  const Deadline deadline(timeout_ms);
  TRY_ASSIGN(const NotifyConnection connection, connect_notify_socket(address));
  const ucred credentials{.pid = as_pid, .uid = ::getuid(), .gid = ::getgid()};
  TRY(send_all(connection.socket, lines, fds, deadline, as_pid != 0 ? &credentials : nullptr)
          .context("notify", address.to_string()));
  if (connection.one_message) TRY(finish_message(connection.socket, deadline));
  return {};
}

Result<void> notify_barrier(const NotifyAddress& address, int timeout_ms) {
  const Deadline deadline(timeout_ms);
  TRY_ASSIGN(sys::Pipe pipe, sys::Pipe::make());
  TRY(send_notification(address, "BARRIER=1", {pipe.write_end}, timeout_ms));
  pipe.write_end.reset();
  return wait_for(pipe.read_end.get(), 0, deadline, "wait for the barrier");
}

}  // namespace berth::systemd
