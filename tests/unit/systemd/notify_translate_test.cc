#include "systemd/notify_translate.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"

namespace berth::systemd {
namespace {

// A process that is 1 in a pid namespace of its own, with a child that is 2 there.
struct InOwnPidNamespace : testing::Test {
  pid_t init = -1;

  void SetUp() override {
    auto forked = *sys::Pipe::make();
    init =
        static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    if (init == 0) {
      if (::fork() != 0) [[maybe_unused]]
        const auto written = ::write(forked.write_end.get(), "x", 1);
      while (true) ::pause();
    }
    if (init < 0) GTEST_SKIP() << "may not make a pid namespace here";
    char byte = 0;
    ASSERT_EQ(::read(forked.read_end.get(), &byte, 1), 1);
  }
  void TearDown() override {
    if (init <= 0) return;
    ::kill(init, SIGKILL);
    ::waitpid(init, nullptr, 0);
  }
  [[nodiscard]] pid_t child_of_init() const {
    const auto children = sys::read_file(concat("/proc/", init, "/task/", init, "/children"));
    return parse_number<pid_t>(trim(*children)).value_or(-1);
  }
};

Membership nobody(pid_t /*pid*/) {
  return Membership::stranger;
}

TEST_F(InOwnPidNamespace, APidInsideIsTranslatedToOurs) {
  EXPECT_EQ(*translate_pid(1, init), init);
  EXPECT_EQ(*translate_pid(2, init), child_of_init());
  EXPECT_TRUE(translate_pid(3, init).error().is(ESRCH));
}

TEST_F(InOwnPidNamespace, TheSearchFindsWhatTheKernelFinds) {
  EXPECT_EQ(*translate_pid_by_search(1, init), init);
  EXPECT_EQ(*translate_pid_by_search(2, init), child_of_init());
  EXPECT_TRUE(translate_pid_by_search(3, init).error().is(ESRCH));
}

TEST_F(InOwnPidNamespace, MembershipFollowsThePidNamespace) {
  const ino_t inside = *namespace_inode(init, "pid");
  EXPECT_EQ(in_pid_namespace(init, inside), Membership::member);
  EXPECT_EQ(in_pid_namespace(::getpid(), inside), Membership::stranger);
  EXPECT_EQ(in_pid_namespace(init, *namespace_inode(::getpid(), "pid")), Membership::member);  // below ours
}

TEST_F(InOwnPidNamespace, AMainPidIsRewrittenInPlace) {
  auto message = NotifyMessage::parse("READY=1\nMAINPID=2").message;
  EXPECT_EQ(translate(message, init, {}, nullptr), 0U);
  EXPECT_EQ(message.serialize(), concat("READY=1\nMAINPID=", child_of_init()));
}

TEST_F(InOwnPidNamespace, AMainPidOfNobodyOrOfAStrangerIsRemoved) {
  auto forged = NotifyMessage::parse("READY=1\nMAINPID=77\nMAINPIDFDID=5").message;
  EXPECT_EQ(translate(forged, init, {}, nullptr), 2U);
  EXPECT_EQ(forged.serialize(), "READY=1");
  auto stranger = NotifyMessage::parse("MAINPID=2").message;
  EXPECT_EQ(translate(stranger, init, {}, nobody), 1U);
  EXPECT_TRUE(stranger.empty());
}

TEST_F(InOwnPidNamespace, AMainPidWithTheInodeOfAnotherProcessIsRemoved) {
  auto message = NotifyMessage::parse("MAINPID=2\nMAINPIDFDID=1").message;
  EXPECT_EQ(translate(message, init, {}, nullptr), 2U);
}

TEST_F(InOwnPidNamespace, AMainPidByPidfdMustBeAPidfdOfTheContainer) {
  std::vector<UniqueFd> fds;
  fds.emplace_back(::dup(sys::PidFd::open(init)->fd().get()));
  auto message = NotifyMessage::parse("MAINPIDFD=1\nMAINPID=9").message;
  EXPECT_EQ(translate(message, init, fds, nullptr), 0U);
  EXPECT_EQ(message.serialize(), concat("MAINPIDFD=1\nMAINPID=", init));
  EXPECT_EQ(translate(message, init, fds, nobody), 2U);
  fds.front() = *sys::open("/dev/null", O_RDONLY);
  auto no_pidfd = NotifyMessage::parse("MAINPIDFD=1").message;
  EXPECT_EQ(translate(no_pidfd, init, fds, nullptr), 1U);
}

TEST(MonotonicShift, IsNothingInOurOwnTimeNamespace) {
  EXPECT_EQ(*monotonic_shift_usec(::getpid()), 0);
  auto message = NotifyMessage::parse("RELOADING=1\nMONOTONIC_USEC=5000000").message;
  EXPECT_EQ(translate(message, ::getpid(), {}, nullptr), 0U);
  EXPECT_EQ(message.serialize(), "RELOADING=1\nMONOTONIC_USEC=5000000");
}

TEST(MonotonicShift, ReadsTheOffsetOfAnotherTimeNamespace) {
  EXPECT_EQ(*parse_monotonic_offset("monotonic       86400         5000\nboottime   0   0\n"), 86400000005);
  EXPECT_EQ(*parse_monotonic_offset("monotonic -2 0\n"), -2000000);
  EXPECT_FALSE(parse_monotonic_offset("boottime 1 1\n"));
}

TEST(MonotonicShift, IsTakenFromTheSendersNamespace) {
  auto ready = *sys::Pipe::make();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool made =
        ::unshare(CLONE_NEWTIME) == 0 && sys::write_existing("/proc/self/timens_offsets", "monotonic 100 0");
    const pid_t inside = made ? ::fork() : -1;
    if (inside == 0) {
      while (true) ::pause();
    }
    [[maybe_unused]] const auto written = ::write(ready.write_end.get(), &inside, sizeof inside);
    ::_exit(0);
  }
  pid_t inside = -1;
  ASSERT_EQ(::read(ready.read_end.get(), &inside, sizeof inside), static_cast<ssize_t>(sizeof inside));
  ::waitpid(child, nullptr, 0);
  if (inside < 0) GTEST_SKIP() << "may not make a time namespace here";
  auto message = NotifyMessage::parse("RELOADING=1\nMONOTONIC_USEC=150000000").message;
  EXPECT_EQ(translate(message, inside, {}, nullptr), 0U);
  EXPECT_EQ(message.number(NotifyKey::monotonic_usec), 50000000U);
  ::kill(inside, SIGKILL);
}

TEST(Membership, IsTheCgroupOrOneBelowIt) {
  const auto ours = sys::read_file("/proc/self/cgroup");
  const std::string cgroup(unified_cgroup(*ours));
  if (cgroup.empty()) GTEST_SKIP() << "no cgroup v2 here";
  EXPECT_EQ(in_cgroup(::getpid(), cgroup), Membership::member);
  EXPECT_EQ(in_cgroup(::getpid(), "/"), Membership::member);
  EXPECT_EQ(in_cgroup(::getpid(), cgroup + "x"), Membership::stranger);
  EXPECT_EQ(in_cgroup(0x3fffffff, cgroup), Membership::unknown);
  EXPECT_EQ(unified_cgroup("1:name=systemd:/a\n0::/web.service/container\n"), "/web.service/container");
  EXPECT_EQ(unified_cgroup("1:name=systemd:/a\n"), "");
}

}  // namespace
}  // namespace berth::systemd
