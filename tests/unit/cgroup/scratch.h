// A cgroup of the test's own in the machine's v2 tree, and processes to put into it; all of it is gone at the
// end.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree.h"

namespace berth::cgroup {

class CgroupTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto mount = mount_point();
    ASSERT_TRUE(mount) << mount.error().to_string();
    mount_ = *mount;
    name_ = concat("/berth-test-", ::getpid());
    root_ = concat(mount_, name_);
  }

  void TearDown() override {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    auto group = Cgroup::open(root_);
    if (!group) return;
    if (auto frozen = group->is_frozen(); frozen && *frozen) ignore(group->thaw());
    ignore(group->kill());
    const auto removed = group->remove();
    EXPECT_TRUE(removed) << removed.error().to_string();
  }

  // Below our scratch directory.
  Placement placement(const std::string& below = {}) {
    auto placed = place({.cgroups_path = concat(name_, below)});
    EXPECT_TRUE(placed);
    return *placed;
  }

  Cgroup make(const std::string& below = {}, const spec::Resources& resources = {}) {
    auto group = Cgroup::create(placement(below), resources);
    EXPECT_TRUE(group) << group.error().to_string();
    return group ? std::move(*group) : Cgroup();
  }

  // A process that sleeps until it is killed, in `group`.
  pid_t add_sleeper(const Cgroup& group) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      while (true) ::pause();
    }
    children_.push_back(pid);
    const auto added = group.add_process(pid);
    EXPECT_TRUE(added) << added.error().to_string();
    return pid;
  }

  std::string mount_;
  std::string name_;
  std::string root_;
  std::vector<pid_t> children_;
};

}  // namespace berth::cgroup
