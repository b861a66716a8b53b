#include "cgroup/tree_options.h"

#include <gtest/gtest.h>

namespace berth::cgroup {
namespace {

constexpr std::string_view kMountinfo =
    "20 1 0:19 / /proc rw - proc proc rw\n"
    "24 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
    "25 1 0:22 /x /mnt rw - cgroup2 none rw\n";

TEST(TreeOptions, AreTheFlagsOfTheTreeThatIsMountedThere) {
  EXPECT_EQ(tree_options_in(kMountinfo, "/sys/fs/cgroup"),
            (std::vector<std::string>{"nsdelegate", "memory_recursiveprot"}));
  EXPECT_EQ(tree_options_in(kMountinfo, "/mnt"), std::vector<std::string>());
  EXPECT_EQ(tree_options_in(kMountinfo, "/proc"), std::vector<std::string>());
  EXPECT_EQ(tree_options_in("garbage - cgroup2 \n", "/mnt"), std::vector<std::string>());
}

TEST(TreeOptions, AreLeftAloneWhenNothingHasChanged) {
  const auto options = TreeOptions::read();
  ASSERT_TRUE(options) << options.error().to_string();
  EXPECT_TRUE(options->put_back());
}

}  // namespace
}  // namespace berth::cgroup
