#include "sys/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "sys/child.h"

namespace berth::sys {
namespace {

TEST(EventLoop, CallsAWatchWhenItsDescriptorIsReadable) {
  auto loop = *EventLoop::make();
  auto pipe = *Pipe::make();
  int calls = 0;
  auto watch = *loop->watch(pipe.read_end, EPOLLIN, [&](std::uint32_t) { ++calls; });
  ASSERT_TRUE(loop->run_once(0));
  EXPECT_EQ(calls, 0);
  ASSERT_EQ(::write(pipe.write_end.get(), "x", 1), 1);
  ASSERT_TRUE(loop->run_once(1000));
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, NeverCallsAWatchThatAnotherCallbackOfTheSameRoundEnded) {
  auto loop = *EventLoop::make();
  auto first = *Pipe::make();
  auto second = *Pipe::make();
  int calls = 0;
  EventLoop::Handle a;
  EventLoop::Handle b;
  a = *loop->watch(first.read_end, EPOLLIN, [&](std::uint32_t) {
    ++calls;
    b.reset();
  });
  b = *loop->watch(second.read_end, EPOLLIN, [&](std::uint32_t) {
    ++calls;
    a.reset();
  });
  ASSERT_EQ(::write(first.write_end.get(), "x", 1), 1);
  ASSERT_EQ(::write(second.write_end.get(), "x", 1), 1);
  ASSERT_TRUE(loop->run_once(1000));
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, LetsACallbackEndItsOwnWatch) {
  auto loop = *EventLoop::make();
  auto pipe = *Pipe::make();
  int calls = 0;
  EventLoop::Handle watch;
  watch = *loop->watch(pipe.read_end, EPOLLIN, [&](std::uint32_t) {
    watch.reset();
    ++calls;
  });
  ASSERT_EQ(::write(pipe.write_end.get(), "x", 1), 1);
  ASSERT_TRUE(loop->run_once(1000));
  ASSERT_TRUE(loop->run_once(0));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(watch.active());
}

TEST(EventLoop, DeliversASignalAndATimer) {
  auto loop = *EventLoop::make();
  int signals = 0;
  auto signal = *loop->on_signals(
      {SIGUSR1}, [&](const signalfd_siginfo& info) { signals += info.ssi_signo == SIGUSR1 ? 1 : 0; });
  auto timer = *loop->after(std::chrono::milliseconds(1), [&] { loop->stop(); });
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
  ASSERT_TRUE(loop->run());
  EXPECT_EQ(signals, 1);
}

}  // namespace
}  // namespace berth::sys
