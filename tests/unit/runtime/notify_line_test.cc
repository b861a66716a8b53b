#include "runtime/notify_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/unix_socket.h"
#include "systemd/notify_client.h"

namespace berth::runtime {
namespace {

using testing::Contains;
using testing::Not;

struct NotifyLineTest : testing::Test {
  std::string dir;
  UniqueFd host;
  spec::Config config;

  void SetUp() override {
    std::string name = "/tmp/berth-unit-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir = name;
    host = *sys::bind_socket(dir + "/host.sock", SOCK_DGRAM, 0600);
    ::setenv("NOTIFY_SOCKET", (dir + "/host.sock").c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ignore(sys::remove_tree(dir));
  }
  [[nodiscard]] sys::Message heard() const {
    pollfd poll{.fd = host.get(), .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, 5000) == 1 ? *sys::receive(host, 4096) : sys::Message{};
  }
};

TEST_F(NotifyLineTest, AddsTheMountAndWhatThePayloadMustKnow) {
  ::setenv("WATCHDOG_USEC", "1000", 1);
  config.linux.namespaces = {{.type = spec::NamespaceType::pid}};
  const auto line = NotifyLine::prepare(dir, config);
  ASSERT_TRUE(line && line->has_value());
  ASSERT_EQ(config.mounts.size(), 1U);
  EXPECT_EQ(config.mounts[0].destination, "/run/notify");
  EXPECT_EQ(config.mounts[0].source, dir + "/notify");
  EXPECT_THAT(config.mounts[0].options, testing::ElementsAre("bind", "ro", "nosuid", "nodev", "noexec"));
  EXPECT_THAT(config.process.env, Contains("NOTIFY_SOCKET=/run/notify/notify.sock"));
  EXPECT_THAT(config.process.env, Contains("WATCHDOG_USEC=1000"));
  EXPECT_THAT(config.process.env, Contains("WATCHDOG_PID=1"));
}

TEST_F(NotifyLineTest, IsNothingWithoutAManagerOrWhenThePayloadHasALine) {
  config.process.env = {"NOTIFY_SOCKET=/run/other"};
  EXPECT_FALSE(NotifyLine::prepare(dir, config)->has_value());
  config.process.env.clear();
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(NotifyLine::prepare(dir, config)->has_value());
  EXPECT_TRUE(config.mounts.empty());
}

TEST_F(NotifyLineTest, ServesUntilInitHasEnded) {
  auto line = NotifyLine::prepare(dir, config);
  ASSERT_TRUE(line && line->has_value());
  auto init = *sys::Child::spawn({.argv = {"sleep", "1000"}});
  ASSERT_TRUE(std::move(**line).serve(init.process(), false));
  const auto address = *systemd::NotifyAddress::parse(dir + "/notify/notify.sock");
  ASSERT_TRUE(systemd::send_notification(address, "READY=1\nMAINPID=1", {}, 5000));
  EXPECT_EQ(heard().data, "READY=1");
  ASSERT_TRUE(systemd::send_notification(address, "STOPPING=1", {}, 5000));
  ASSERT_TRUE(init.process().send_signal(SIGKILL));
  ASSERT_TRUE(init.wait());
  EXPECT_EQ(heard().data, "STOPPING=1");
  EXPECT_EQ(heard().data, "BARRIER=1");
}

TEST_F(NotifyLineTest, NamesInitAsTheMainProcessBeforeADetachedRuntimeEnds) {
  auto line = NotifyLine::prepare(dir, config);
  ASSERT_TRUE(line && line->has_value());
  auto init = *sys::Child::spawn({.argv = {"sleep", "1000"}});
  const pid_t runtime = ::fork();
  if (runtime == 0) ::_exit(std::move(**line).serve(init.process(), true) ? 0 : 1);
  EXPECT_EQ(heard().data, concat("MAINPID=", init.pid()));
  {
    const sys::Message barrier = heard();
    EXPECT_EQ(barrier.data, "BARRIER=1");
    EXPECT_EQ(::waitpid(runtime, nullptr, WNOHANG), 0) << "ended before the host had read";
  }
  int status = -1;
  ASSERT_EQ(::waitpid(runtime, &status, 0), runtime);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace berth::runtime
