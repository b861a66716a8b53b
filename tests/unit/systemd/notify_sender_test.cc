#include "systemd/notify_sender.h"

#include "base/log.h"
#include "tests/unit/systemd/notify_fixture.h"

namespace berth::systemd {
namespace {

struct NotifySenderTest : NotifyFixture {
  std::unique_ptr<sys::EventLoop> loop = *sys::EventLoop::make();

  // Sends until the host takes no more; the number that it has taken.
  int fill(NotifySender& sender) {
    int sent = 0;
    while (!sender.waiting()) {
      EXPECT_EQ(sender.send("STATUS=filling", {}), NotifyDrop::none);
      ++sent;
    }
    return sent - 1;
  }
};

TEST_F(NotifySenderTest, SendsAtOnceWhenTheHostHasRoom) {
  NotifySender sender(*loop, host_address());
  EXPECT_EQ(sender.send("READY=1", {}), NotifyDrop::none);
  EXPECT_FALSE(sender.waiting());
  EXPECT_EQ(heard_text(), "READY=1");
}

TEST_F(NotifySenderTest, KeepsTheOrderWhenTheHostWasFull) {
  NotifySender sender(*loop, host_address());
  const int taken = fill(sender);
  EXPECT_EQ(sender.send("READY=1", {}), NotifyDrop::none);
  bool drained = false;
  sender.on_drained([&] { drained = true; });
  for (int i = 0; i < taken; ++i) EXPECT_EQ(heard_text(), "STATUS=filling");
  ASSERT_TRUE(run_until(*loop, [&] { return drained; }));
  EXPECT_EQ(heard_text(), "STATUS=filling");
  EXPECT_EQ(heard_text(), "READY=1");
  EXPECT_EQ(heard_text(), "");
}

TEST_F(NotifySenderTest, BoundsTheQueueAndKeepsRoomForWhatMatters) {
  NotifySender sender(*loop, host_address());
  fill(sender);
  const std::string big(4000, 'x');
  int light = 0;
  while (sender.send(big, {}, NotifySender::Weight::light) == NotifyDrop::none) ASSERT_LT(++light, 100);
  EXPECT_EQ(sender.send("READY=1", {}), NotifyDrop::none);
  int heavy = 0;
  while (sender.send(big, {}) == NotifyDrop::none) ASSERT_LT(++heavy, 100);
  EXPECT_EQ(sender.send(big, {}), NotifyDrop::queue_full);
}

TEST_F(NotifySenderTest, BoundsTheDescriptorsInTheQueue) {
  NotifySender sender(*loop, host_address());
  fill(sender);
  unsigned queued = 0;
  while (true) {
    std::vector<UniqueFd> fds;
    for (int i = 0; i < 100; ++i) fds.emplace_back(::dup(0));
    if (sender.send("FDSTORE=1", std::move(fds)) != NotifyDrop::none) break;
    queued += 100;
    ASSERT_LT(queued, 2000U);
  }
  EXPECT_LE(queued, NotifySender::kMaxQueuedFds);
}

TEST_F(NotifySenderTest, FindsAHostThatWasBoundAnew) {
  NotifySender sender(*loop, host_address());
  ASSERT_EQ(sender.send("STATUS=1", {}), NotifyDrop::none);
  host = bind_host();
  EXPECT_EQ(sender.send("STATUS=2", {}), NotifyDrop::none);
  EXPECT_EQ(heard_text(), "STATUS=2");
}

TEST_F(NotifySenderTest, LosesMessagesButNothingElseWhenTheHostIsGone) {
  log::set_stderr(false);
  NotifySender sender(*loop, host_address());
  ASSERT_EQ(sender.send("STATUS=1", {}), NotifyDrop::none);
  host.reset();
  EXPECT_EQ(sender.send("STATUS=2", {}), NotifyDrop::no_host);
  ASSERT_TRUE(sys::remove_file(host_path()));
  EXPECT_EQ(sender.send("STATUS=3", {}), NotifyDrop::no_host);
  host = bind_host();
  EXPECT_EQ(sender.send("STATUS=4", {}), NotifyDrop::none);
  EXPECT_EQ(heard_text(), "STATUS=4");
  log::set_stderr(true);
}

TEST_F(NotifySenderTest, TellsItsOwnerOnceThatTheHostIsGone) {
  NotifySender sender(*loop, host_address());
  std::vector<std::string> told;
  sender.on_gone([&](const std::string& words) { told.push_back(words); });
  host.reset();
  EXPECT_EQ(sender.send("STATUS=1", {}), NotifyDrop::no_host);
  EXPECT_EQ(sender.send("STATUS=2", {}), NotifyDrop::no_host);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told.front().find(host_path()), std::string::npos) << told.front();
}

TEST_F(NotifySenderTest, HearsABarrierOnlyWhenTheHostHasClosedIt) {
  NotifySender sender(*loop, host_address());
  std::optional<bool> heard_it;
  ASSERT_TRUE(sender.barrier(std::chrono::seconds(30), [&](bool yes) { heard_it = yes; }));
  {
    const sys::Message barrier = heard();
    EXPECT_EQ(barrier.data, "BARRIER=1");
    ASSERT_EQ(barrier.fds.size(), 1U);
    ASSERT_TRUE(loop->run_once(0));
    EXPECT_FALSE(heard_it.has_value());
  }
  ASSERT_TRUE(run_until(*loop, [&] { return heard_it.has_value(); }));
  EXPECT_TRUE(*heard_it);
}

TEST_F(NotifySenderTest, GivesUpOnABarrierAfterItsTimeout) {
  NotifySender sender(*loop, host_address());
  std::optional<bool> heard_it;
  ASSERT_TRUE(sender.barrier(std::chrono::milliseconds(1), [&](bool yes) { heard_it = yes; }));
  ASSERT_TRUE(run_until(*loop, [&] { return heard_it.has_value(); }));
  EXPECT_FALSE(*heard_it);
}

TEST_F(NotifySenderTest, CountsABarrierForNothingThatWasSentBehindIt) {
  NotifySender sender(*loop, host_address());
  bool heard_it = false;
  const auto barrier = [&](bool then_status) {
    heard_it = false;
    ASSERT_TRUE(sender.barrier(std::chrono::seconds(30), [&](bool yes) { heard_it = yes; }));
    if (then_status) {
      ASSERT_EQ(sender.send("STATUS=last words", {}), NotifyDrop::none);
    }
    EXPECT_EQ(heard_text(), "BARRIER=1");
    ASSERT_TRUE(run_until(*loop, [&] { return heard_it; }));
  };
  barrier(true);
  EXPECT_EQ(heard_text(), "STATUS=last words");
  EXPECT_FALSE(sender.finish(std::chrono::milliseconds(200)));  // asks for them, and nobody reads
  EXPECT_EQ(heard_text(), "BARRIER=1");
  barrier(false);
  EXPECT_TRUE(sender.finish(std::chrono::milliseconds(10)));  // all has been heard: no more is asked
  EXPECT_EQ(heard_text(), "");
}

TEST_F(NotifySenderTest, FinishesOnlyWithinItsTimeWhenTheHostIsStuck) {
  NotifySender sender(*loop, host_address());
  fill(sender);
  EXPECT_FALSE(sender.finish(std::chrono::milliseconds(20)));
}

TEST_F(NotifySenderTest, ReachesAHostWhosePathIsLongerThanAnAddress) {
  const std::string deep = dir + "/" + std::string(120, 'd');
  ASSERT_TRUE(sys::make_directory(deep, 0700));
  const std::string path = deep + "/host.sock";
  const UniqueFd far = *sys::bind_socket(path, SOCK_DGRAM | SOCK_NONBLOCK, 0600);
  NotifySender sender(*loop, *NotifyAddress::parse(path));
  EXPECT_EQ(sender.send("READY=1", {}), NotifyDrop::none);
  EXPECT_EQ(sys::receive(far, 100)->data, "READY=1");
}

TEST(NotifyAddress, ReadsEveryForm) {
  EXPECT_EQ(NotifyAddress::parse("/run/systemd/notify")->path, "/run/systemd/notify");
  EXPECT_EQ(NotifyAddress::parse("@/org/x")->path, "@/org/x");
  const auto vsock = *NotifyAddress::parse("vsock:2:1234");
  EXPECT_EQ(vsock.kind, NotifyAddress::Kind::vsock);
  EXPECT_EQ(vsock.cid, 2U);
  EXPECT_EQ(vsock.port, 1234U);
  EXPECT_EQ(NotifyAddress::parse("vsock-stream:3:1")->only_type, SOCK_STREAM);
  EXPECT_EQ(NotifyAddress::parse("vsock::99")->cid, 2U);
  EXPECT_FALSE(vsock.passes_fds());
}

TEST(NotifyAddress, RefusesWhatIsNoAddress) {
  for (const char* bad : {"", "/", "@", "run/notify", "vsock:1", "vsock:a:b", "tcp:1:2"}) {
    EXPECT_FALSE(NotifyAddress::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace berth::systemd
