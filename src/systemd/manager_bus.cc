#include "systemd/manager_bus.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "sys/privilege.h"
#include "sys/unix_socket.h"

namespace berth::systemd {

namespace {

Error stalled(ManagerBus::Clock::duration bound) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(bound).count();
  return Error::message(concat("systemd did not answer within ", seconds, " s"), ETIMEDOUT);
}

Error as_error(const BusMessage& reply) {
  const auto texts = reply.strings();
  const bool exists = reply.error_name == "org.freedesktop.systemd1.UnitExists";
  return Error::message(concat("systemd: ", texts.empty() ? reply.error_name : texts.front()),
                        exists ? EEXIST : EIO);
}

}  // namespace

std::string ManagerBus::socket_path() {
  if (sys::is_machine_root()) return "/run/systemd/private";
  const char* runtime_dir = ::getenv("XDG_RUNTIME_DIR");
  return runtime_dir != nullptr && *runtime_dir != '\0'
             ? concat(runtime_dir, "/systemd/private")
             : concat("/run/user/", sys::outside_uid(), "/systemd/private");
}

Result<ManagerBus> ManagerBus::connect(Clock::duration bound) {
  TRY_ASSIGN(auto socket, sys::connect_socket(socket_path(), SOCK_STREAM).context("connect to systemd"));
  return authenticate(std::move(socket), bound);
}

Result<ManagerBus> ManagerBus::authenticate(UniqueFd socket, Clock::duration bound) {
  ManagerBus bus(std::move(socket), bound);
  TRY(bus.log_in().context("connect to systemd"));
  return bus;
}

// BEGIN goes along, as with libsystemd: the manager, when it is slow, would read one that comes later together with
// the first call, and then look at that only when something else comes.
Result<void> ManagerBus::log_in() {
  const auto deadline = Clock::now() + bound_;
  std::string hello(1, '\0');
  append(hello, "AUTH EXTERNAL ", to_hex(concat(sys::outside_uid())), "\r\nBEGIN\r\n");
  TRY(send_all(hello, deadline));
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n")) == std::string::npos) TRY(receive_more(deadline));
  const std::string answer = received_.substr(0, end);
  received_.erase(0, end + 2);
  if (!answer.starts_with("OK ")) return Error::message(concat("systemd refused us: ", answer), EACCES);
  return {};
}

Result<void> ManagerBus::send_all(std::string_view data, Clock::time_point deadline) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      data.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return Error::sys("send", "systemd");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return stalled(bound_);
    pollfd fd = {.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    ::poll(&fd, 1, static_cast<int>(left));
  }
  return {};
}

Result<void> ManagerBus::receive_more(Clock::time_point deadline) {
  while (true) {
    std::array<char, 4096> buffer;
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size == 0) return Error::message("systemd closed the connection", ECONNRESET);
    if (size > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(size));
      return {};
    }
    if (errno != EAGAIN && errno != EINTR) return Error::sys("receive", "systemd");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return stalled(bound_);
    pollfd fd = {.fd = socket_.get(), .events = POLLIN, .revents = 0};
    ::poll(&fd, 1, static_cast<int>(left));
  }
}

Result<BusMessage> ManagerBus::next(Clock::time_point deadline) {
  while (true) {
    TRY_ASSIGN(const auto size, message_size(received_));
    if (size && received_.size() >= *size) {
      auto message = decode_message(std::string_view(received_).substr(0, *size));
      received_.erase(0, *size);
      return message;
    }
    TRY(receive_more(deadline));
  }
}

Result<BusMessage> ManagerBus::call(const MethodCall& call) {
  const auto deadline = Clock::now() + bound_;
  const std::uint32_t serial = ++serial_;
  TRY(send_all(encode(call, "org.freedesktop.systemd1", serial), deadline));
  while (true) {
    TRY_ASSIGN(auto message, next(deadline));
    if (message.type == BusMessageType::signal) {
      signals_.push_back(std::move(message));
    } else if (message.reply_serial == serial) {
      if (message.type == BusMessageType::error) return as_error(message);
      return message;
    }
  }
}

Result<void> ManagerBus::wait_for_job(const std::string& job) {
  const auto deadline = Clock::now() + bound_;
  while (true) {
    BusMessage message;
    if (signals_.empty()) {
      TRY_ASSIGN(message, next(deadline));
    } else {
      message = std::move(signals_.front());
      signals_.pop_front();
    }
    if (message.member != "JobRemoved" || message.signature != "uoss") continue;
    const auto texts = message.strings();  // job, unit, result
    if (texts.size() != 3 || texts[0] != job) continue;
    if (texts[2] == "done") return {};
    return Error::message(concat("systemd: the job for ", texts[1], " ended with: ", texts[2]), EIO);
  }
}

}  // namespace berth::systemd
