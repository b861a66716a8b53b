// A scratch directory, a host socket and a client's end, for tests of the sd_notify line with real sockets.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "sys/child.h"
#include "sys/event_loop.h"
#include "sys/file.h"
#include "sys/unix_socket.h"
#include "systemd/notify_client.h"

namespace berth::systemd {

struct NotifyFixture : testing::Test {
  std::string dir;
  UniqueFd host;

  void SetUp() override {
    std::string name = "/tmp/berth-unit-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir = name;
    host = bind_host();
  }
  void TearDown() override { ignore(sys::remove_tree(dir)); }

  [[nodiscard]] std::string host_path() const { return dir + "/host.sock"; }
  [[nodiscard]] std::string container_path() const { return dir + "/notify.sock"; }
  [[nodiscard]] NotifyAddress host_address() const { return *NotifyAddress::parse(host_path()); }
  [[nodiscard]] NotifyAddress container_address() const { return *NotifyAddress::parse(container_path()); }

  [[nodiscard]] UniqueFd bind_host() const {
    UniqueFd socket = *sys::bind_socket(host_path(), SOCK_DGRAM | SOCK_NONBLOCK, 0600);
    ignore(sys::receive_credentials(socket));
    return socket;
  }
  // What the host finds next; "" when there is nothing.
  [[nodiscard]] sys::Message heard() const {
    auto message = sys::receive(host, 8192, MSG_DONTWAIT);
    return message ? std::move(*message) : sys::Message{};
  }
  [[nodiscard]] std::string heard_text() const { return heard().data; }
};

// Runs the loop until `done` or for two seconds.
template <class Done>
bool run_until(sys::EventLoop& loop, Done done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ignore(loop.run_once(10));
  }
  return true;
}

}  // namespace berth::systemd
