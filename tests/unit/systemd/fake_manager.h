// A systemd manager that is a child process, and what it would send, for tests of the private socket.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/text.h"
#include "sys/unix_socket.h"
#include "systemd/manager_bus.h"

namespace berth::systemd {

// What a manager would send, byte by byte; its header is made by hand so that it does not depend on the writer's.
inline std::string message(BusMessageType type, std::uint32_t reply_serial, std::string_view member,
                           std::string_view error, std::string_view signature, const BusWriter& body) {
  BusWriter out;
  out.byte('l');
  out.byte(static_cast<std::uint8_t>(type));
  out.byte(0);
  out.byte(1);
  out.u32(static_cast<std::uint32_t>(body.data().size()));
  out.u32(1);
  const auto fields = out.begin_array(8);
  const auto text = [&out](std::uint8_t field, std::string_view letter, std::string_view value) {
    out.begin_struct();
    out.byte(field);
    out.signature(letter);
    if (letter == "g") {
      out.signature(value);
    } else {
      out.string(value);
    }
  };
  if (!member.empty()) text(3, "s", member);
  if (!error.empty()) text(4, "s", error);
  if (!signature.empty()) text(8, "g", signature);
  if (reply_serial != 0) {
    out.begin_struct();
    out.byte(5);
    out.signature("u");
    out.u32(reply_serial);
  }
  out.end_array(fields);
  out.align(8);
  return concat(out.data(), body.data());
}

inline std::string error_reply(std::uint32_t serial, std::string_view name, std::string_view text) {
  BusWriter body;
  body.string(text);
  return message(BusMessageType::error, serial, "", name, "s", body);
}

// A manager that is a child process: lets us in, then answers each call with the next of `answers`.
class FakeManager {
 public:
  explicit FakeManager(const std::vector<std::string>& answers, std::string_view greeting = "OK 0123\r\n") {
    auto pair = *sys::socket_pair(SOCK_STREAM);
    child_ = ::fork();
    if (child_ == 0) {
      pair.first.reset();
      serve(pair.second.get(), answers, greeting);
      ::_exit(0);
    }
    ours_ = std::move(pair.first);
  }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;
  ~FakeManager() {
    ours_.reset();
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  Result<ManagerBus> connect(std::chrono::milliseconds bound = std::chrono::seconds(10)) {
    return ManagerBus::authenticate(std::move(ours_), bound);
  }

 private:
  static void serve(int fd, const std::vector<std::string>& answers, std::string_view greeting) {
    std::array<char, 4096> buffer;
    const ssize_t hello = ::recv(fd, buffer.data(), buffer.size(), 0);
    // systemd does not hear a call that it reads together with a BEGIN which came late.
    if (hello <= 0 ||
        !std::string_view(buffer.data(), static_cast<std::size_t>(hello)).ends_with("\r\nBEGIN\r\n"))
      greeting = "";
    ::send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL);
    std::string received;
    for (const std::string& answer : answers) {
      while (received.find("org.freedesktop.systemd1") == std::string::npos) {
        const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (size <= 0) return;
        received.append(buffer.data(), static_cast<std::size_t>(size));
      }
      received.clear();
      // In two pieces: a message may come in any.
      ::send(fd, answer.data(), answer.size() / 2, MSG_NOSIGNAL);
      ::send(fd, answer.data() + answer.size() / 2, answer.size() - answer.size() / 2, MSG_NOSIGNAL);
    }
    ::recv(fd, buffer.data(), buffer.size(), 0);
    ::pause();
  }

  pid_t child_ = -1;
  UniqueFd ours_;
};

}  // namespace berth::systemd
