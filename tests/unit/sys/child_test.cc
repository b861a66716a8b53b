#include "sys/child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "sys/file.h"

namespace berth::sys {
namespace {

TEST(Child, GetsOnlyTheDescriptorsThatItWasGiven) {
  const auto leak = *open("/dev/null", O_RDONLY);
  ASSERT_GE(::fcntl(leak.get(), F_SETFD, 0), 0);  // even one that someone forgot to mark close-on-exec
  auto run = run_program({.argv = {"sh", "-c", "ls /proc/self/fd"}, .inherit_fds = {{leak.get(), 7}}});
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(run->output, "0\n1\n2\n3\n7\n");  // 3: the directory that ls itself reads
}

TEST(Child, MayHaveItsDescriptorsCrossed) {
  auto first = *Pipe::make();
  auto second = *Pipe::make();
  const int a = first.write_end.get();
  const int b = second.write_end.get();
  auto child = Child::spawn(
      {.argv = {"sh", "-c", concat("echo x >&", a, "; echo y >&", b)}, .inherit_fds = {{b, a}, {a, b}}});
  ASSERT_TRUE(child) << child.error().to_string();
  EXPECT_EQ(child->wait()->code(), 0);
  first.write_end.reset();
  second.write_end.reset();
  EXPECT_EQ(*read_all(first.read_end, "first"), "y\n");
  EXPECT_EQ(*read_all(second.read_end, "second"), "x\n");
}

TEST(Child, StartsWithDefaultSignalsAlthoughWeIgnoreOrBlockThem) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  auto run = run_program({.argv = {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}});
  ::signal(SIGPIPE, old);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Child, ComesToItsEndAlthoughItIsToldToStop) {
  const auto result =
      run_program({.argv = {"sh", "-c", "for s in TERM INT HUP; do kill -s $s $$; done; echo end"},
                   .ignore_stop_signals = true});
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result->output, "end\n");
}

TEST(Child, TakesItsEnvironmentAndDirectoryFromTheOptions) {
  ::setenv("BERTH_UNIT", "ours", 1);
  const SpawnOptions options{.argv = {"sh", "-c", "echo $BERTH_UNIT; pwd"},
                             .environment = {"BERTH_UNIT=theirs"},
                             .working_directory = "/proc"};
  EXPECT_EQ(run_program(options)->output, "theirs\n/proc\n");
  SpawnOptions bare = options;
  bare.argv = {"/usr/bin/env"};
  bare.inherit_environment = false;
  EXPECT_EQ(run_program(bare)->output, "BERTH_UNIT=theirs\n");
  ::unsetenv("BERTH_UNIT");
}

TEST(Child, IsKilledAndReapedWhenItIsForgotten) {
  pid_t pid = -1;
  {
    auto child = Child::spawn({.argv = {"sleep", "1000"}});
    ASSERT_TRUE(child);
    pid = child->pid();
  }
  EXPECT_TRUE(PidFd::open(pid).error().is(ESRCH));
}

TEST(Child, MayBeReleasedToSomeoneWhoReapsIt) {
  auto child = Child::spawn({.argv = {"sleep", "1000"}});
  ASSERT_TRUE(child);
  const PidFd process = std::move(*child).release();
  EXPECT_FALSE(*process.wait_exit(0));
  ASSERT_TRUE(process.send_signal(SIGTERM));
  EXPECT_TRUE(*process.wait_exit(-1));
  const auto status = process.reap(true);
  ASSERT_TRUE(status);
  EXPECT_EQ((*status)->signal, SIGTERM);
  EXPECT_TRUE(process.send_signal(0).error().is(ESRCH));
}

TEST(Child, SaysWhatCannotBeExecuted) {
  EXPECT_TRUE(Child::spawn({.argv = {"berth-no-such-program"}}).error().is(ENOENT));
  EXPECT_TRUE(Child::spawn({.argv = {"/etc/passwd"}}).error().is(EACCES));
  EXPECT_TRUE(Child::spawn({.argv = {}}).error().is(EINVAL));
  EXPECT_TRUE(Child::spawn({.argv = {"true"}, .working_directory = "/nowhere"}).error().is(ENOENT));
}

TEST(PidFd, NeverNamesAProcessThatIsGone) {
  EXPECT_TRUE(PidFd::open(0x7ffffff).error().is(ESRCH));
  const auto self = PidFd::open(::getpid());
  ASSERT_TRUE(self);
  EXPECT_FALSE(*self->wait_exit(0));
  EXPECT_TRUE(self->reap(false).error().is(ECHILD));
}

}  // namespace
}  // namespace berth::sys
