#include "engine/monitor_search.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "sys/child.h"

namespace berth::engine {
namespace {

// A shell that has a monitor's command line, and with `copies` a child with the same: it has forked, not yet executed.
struct Lookalike {
  explicit Lookalike(const std::string& id, bool copies) {
    sys::Pipe pipe = *sys::Pipe::make();
    const std::string script = copies ? "exec 3<&0; (echo up; read x <&3) & wait" : "echo up; read x";
    child.emplace(*sys::Child::spawn({.argv = {"sh", "-c", script, "sh", "-c", id},
                                      .stdin_fd = hold.read_end.get(),
                                      .stdout_fd = pipe.write_end.get()}));
    char letter = 0;
    EXPECT_EQ(::read(pipe.read_end.get(), &letter, 1), 1);
  }
  sys::Pipe hold = *sys::Pipe::make();  // its end ends the child
  std::optional<sys::Child> child;
};

TEST(FindMonitor, KnowsAMonitorByTheIdOnItsCommandLine) {
  const std::string id = concat("monitor-search-", ::getpid());
  const Lookalike monitor(id, false);
  const auto found = find_monitor(id);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->monitors.size(), 1U);
  EXPECT_EQ(found->monitors.front().pid(), monitor.child->pid());
  EXPECT_TRUE(find_monitor(concat(id, "x"))->monitors.empty());
}

TEST(FindMonitor, LeavesOutACopyThatHasYetToExecuteItsProgram) {
  const std::string id = concat("monitor-copies-", ::getpid());
  const Lookalike monitor(id, true);
  const auto found = find_monitor(id);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->monitors.size(), 1U);
  EXPECT_EQ(found->monitors.front().pid(), monitor.child->pid());
}

}  // namespace
}  // namespace berth::engine
