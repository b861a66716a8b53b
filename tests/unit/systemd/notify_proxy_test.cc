#include "systemd/notify_proxy.h"

#include <poll.h>

#include "base/log.h"
#include "base/text.h"
#include "tests/unit/systemd/notify_fixture.h"

namespace berth::systemd {
namespace {

using namespace std::string_literals;

struct NotifyProxyTest : NotifyFixture {
  std::unique_ptr<sys::EventLoop> loop = *sys::EventLoop::make();
  std::unique_ptr<NotifyProxy> proxy;

  void SetUp() override {
    NotifyFixture::SetUp();
    log::set_stderr(false);
  }
  void TearDown() override {
    proxy.reset();
    log::set_stderr(true);
    NotifyFixture::TearDown();
  }

  void start(NotifyPolicy policy = {}, NotifyProxy::Events events = {}, bool with_host = true) {
    NotifyProxy::Options options;
    options.socket_path = container_path();
    if (with_host) options.host = host_address();
    options.policy = policy;
    auto started = NotifyProxy::start(*loop, std::move(options), std::move(events));
    ASSERT_TRUE(started) << started.error().to_string();
    proxy = std::move(*started);
  }

  void say(std::string_view text, const std::vector<FdRef>& fds = {}) {
    const UniqueFd client = *sys::connect_socket(container_path(), SOCK_DGRAM);
    ASSERT_TRUE(sys::send(client, text, fds, nullptr, MSG_DONTWAIT));
    const auto before = proxy->state().received;
    ASSERT_TRUE(run_until(*loop, [&] { return proxy->state().received > before; }));
  }

  // A client's barrier: true while it waits.
  struct Barrier {
    UniqueFd read_end;
    [[nodiscard]] bool held(int timeout_ms = 0) const {
      pollfd poll{.fd = read_end.get(), .events = 0, .revents = 0};
      return ::poll(&poll, 1, timeout_ms) == 0;
    }
  };
  Barrier raise_barrier(std::string_view text = "BARRIER=1", std::size_t copies = 1) {
    auto pipe = *sys::Pipe::make();
    say(text, std::vector<FdRef>(copies, pipe.write_end));
    return {std::move(pipe.read_end)};
  }
};

TEST_F(NotifyProxyTest, PassesAMessageAndTellsItsOwner) {
  int ready = 0;
  std::string status;
  start({}, {.on_ready = [&] { ++ready; }, .on_status = [&](const std::string& text) { status = text; }});
  say("STATUS=warming up\nREADY=1\n");
  EXPECT_EQ(heard_text(), "STATUS=warming up\nREADY=1");
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(status, "warming up");
  EXPECT_EQ(proxy->state().phase, NotifyPhase::ready);
  EXPECT_TRUE(proxy->state().host_is_ready);
}

TEST_F(NotifyProxyTest, KeepsEachDatagramApart) {
  start();
  say("STATUS=1");
  say("STATUS=2");
  EXPECT_EQ(heard_text(), "STATUS=1");
  EXPECT_EQ(heard_text(), "STATUS=2");
}

TEST_F(NotifyProxyTest, DropsBadDatagramsCountsThemAndHearsTheNextGoodOne) {
  start();
  say("");
  say("READY=1\0x"s);
  say(std::string(4097, 'x'));
  say("\xff\xfe\x01");
  say("STATUS=still here");
  EXPECT_EQ(heard_text(), "STATUS=still here");
  EXPECT_EQ(heard_text(), "");
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::empty), 1U);
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::embedded_nul), 1U);
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::too_long), 1U);
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::no_assignment), 1U);
}

TEST_F(NotifyProxyTest, PassesADatagramOfExactlyTheLongestSize) {
  start();
  const std::string longest = "STATUS=" + std::string(kMaxNotification - 7, 'y');
  say(longest);
  EXPECT_EQ(heard_text(), longest);
}

TEST_F(NotifyProxyTest, HoldsABarrierUntilTheHostHasClosedIt) {
  start();
  const Barrier barrier = raise_barrier();
  EXPECT_TRUE(barrier.held(50));
  {
    const sys::Message at_host = heard();
    EXPECT_EQ(at_host.data, "BARRIER=1");
    EXPECT_EQ(at_host.fds.size(), 1U);
    EXPECT_TRUE(barrier.held());
  }
  EXPECT_FALSE(barrier.held());
}

TEST_F(NotifyProxyTest, SendsABarrierBehindAllThatWaits) {
  start();
  int sent = 0;
  while (proxy->announce("STATUS=filling") == NotifyDrop::none) ++sent;  // until the queue is full, too
  auto pipe = *sys::Pipe::make();
  const UniqueFd client = *sys::connect_socket(container_path(), SOCK_DGRAM);
  ASSERT_TRUE(sys::send(client, "BARRIER=1", {pipe.write_end}));
  pipe.write_end.reset();
  const Barrier barrier{std::move(pipe.read_end)};
  EXPECT_TRUE(barrier.held());
  int seen = 0;
  ASSERT_TRUE(run_until(*loop, [&] {
    for (std::string text = heard_text(); !text.empty(); text = heard_text()) {
      if (text == "BARRIER=1") return true;
      EXPECT_TRUE(barrier.held());
      ++seen;
    }
    return false;
  }));
  EXPECT_EQ(seen, sent);
  EXPECT_FALSE(barrier.held());
}

TEST_F(NotifyProxyTest, ReleasesABarrierAtOnceWhenNothingGoesToAHost) {
  start({.mode = NotifyMode::ignore});
  EXPECT_FALSE(raise_barrier().held());
  proxy.reset();
  start({}, {}, false);
  EXPECT_FALSE(raise_barrier().held());
  EXPECT_EQ(heard_text(), "");
}

TEST_F(NotifyProxyTest, ReleasesABarrierThatBreaksTheProtocol) {
  start();
  EXPECT_FALSE(raise_barrier("BARRIER=1\nREADY=1").held());
  EXPECT_FALSE(raise_barrier("BARRIER=1", 2).held());
  say("BARRIER=1");
  EXPECT_EQ(heard_text(), "");
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::malformed_barrier), 3U);
  EXPECT_FALSE(proxy->state().payload_was_ready);
}

TEST_F(NotifyProxyTest, ReleasesABarrierWhenTheHostIsGone) {
  start();
  host.reset();
  EXPECT_FALSE(raise_barrier().held());
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::no_host), 1U);
}

TEST_F(NotifyProxyTest, ClosesTheDescriptorsThatThePolicyKeepsBack) {
  start();
  EXPECT_FALSE(raise_barrier("FDSTORE=1\nREADY=1").held());
  const sys::Message message = heard();
  EXPECT_EQ(message.data, "READY=1");
  EXPECT_TRUE(message.fds.empty());
}

TEST_F(NotifyProxyTest, PassesStoredDescriptorsWithinTheQuota) {
  start({.allow = {.fd_store = true, .fd_quota = 253}});
  const auto pipe = *sys::Pipe::make();
  say("FDSTORE=1\nFDNAME=many", std::vector<FdRef>(253, pipe.read_end));
  EXPECT_EQ(heard().fds.size(), 253U);
  EXPECT_EQ(proxy->state().stored.total(), 253U);
  say("FDSTORE=1\nFDNAME=more", {pipe.read_end});
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::not_allowed), 1U);
  say("FDSTOREREMOVE=1\nFDNAME=many");
  EXPECT_EQ(heard_text(), "FDSTOREREMOVE=1\nFDNAME=many");
  EXPECT_EQ(proxy->state().stored.total(), 0U);
}

TEST_F(NotifyProxyTest, DropsWhatAStrangerSays) {
  start();
  proxy->set_container(::getpid(), [](pid_t) { return Membership::stranger; });
  EXPECT_FALSE(raise_barrier("READY=1").held());
  EXPECT_EQ(heard_text(), "");
  EXPECT_EQ(proxy->state().dropped(NotifyDrop::stranger), 1U);
  EXPECT_FALSE(proxy->state().payload_was_ready);
}

TEST_F(NotifyProxyTest, ObservesWithoutForwardingInModeConmon) {
  int ready = 0;
  start({.mode = NotifyMode::conmon}, {.on_ready = [&] { ++ready; }});
  say("READY=1\nSTATUS=quiet");
  EXPECT_EQ(heard_text(), "");
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(proxy->state().status, "quiet");
  EXPECT_FALSE(proxy->state().host_is_ready);
}

TEST_F(NotifyProxyTest, BlocksTheContainersSendersWhileTheHostIsFullAndLosesNothing) {
  start();
  const UniqueFd client = *sys::connect_socket(container_path(), SOCK_DGRAM | SOCK_NONBLOCK);
  int accepted = 0;
  int blocked_in_a_row = 0;
  while (blocked_in_a_row < 5) {
    const bool taken = sys::send(client, concat("STATUS=", accepted)).has_value();
    accepted += taken ? 1 : 0;
    blocked_in_a_row = taken ? 0 : blocked_in_a_row + 1;
    ignore(loop->run_once(0));
  }
  int seen = 0;
  ASSERT_TRUE(run_until(*loop, [&] {
    for (std::string text = heard_text(); !text.empty(); text = heard_text()) {
      EXPECT_EQ(text, concat("STATUS=", seen++));
    }
    return seen == accepted;
  }));
  EXPECT_EQ(proxy->state().dropped(), 0U);
}

TEST_F(NotifyProxyTest, HearsTheLastWordsOfAPayloadThatHasEnded) {
  start();
  const UniqueFd client = *sys::connect_socket(container_path(), SOCK_DGRAM);
  ASSERT_TRUE(sys::send(client, "STOPPING=1"));
  EXPECT_FALSE(proxy->finish(std::chrono::milliseconds(10)));  // nobody closes our barrier
  EXPECT_EQ(heard_text(), "STOPPING=1");
  EXPECT_EQ(heard_text(), "BARRIER=1");
}

TEST_F(NotifyProxyTest, HandsOverItsSocketStateAndQueue) {
  start();
  say("STATUS=before");
  const UniqueFd other = *sys::connect_socket(host_path(), SOCK_DGRAM | SOCK_NONBLOCK);
  while (sys::send(other, "x")) {
  }
  ASSERT_EQ(proxy->announce("STATUS=waiting"), NotifyDrop::none);
  auto handover = proxy->take_handover();
  proxy.reset();
  EXPECT_EQ(handover.state.status, "before");
  EXPECT_FALSE(handover.queue.empty());
  while (!heard_text().empty()) {
  }
  NotifyProxy::Options options;
  options.socket = std::move(handover.socket);
  options.host = host_address();
  options.state = std::move(handover.state);
  options.queue = std::move(handover.queue);
  proxy = *NotifyProxy::start(*loop, std::move(options), {});
  EXPECT_EQ(proxy->state().status, "before");
  std::string last;
  for (std::string text = heard_text(); !text.empty(); text = heard_text()) last = text;
  EXPECT_EQ(last, "STATUS=waiting");
  say("STATUS=after");
  EXPECT_EQ(heard_text(), "STATUS=after");
}

}  // namespace
}  // namespace berth::systemd
