#include "runtime/mount_options.h"

#include <gtest/gtest.h>

#include "sys/mount_api.h"

namespace berth::runtime {
namespace {

TEST(MountOptions, TheLastWordAboutAnAttributeCounts) {
  const auto options = parse_mount_options({"ro", "nosuid", "rw", "suid", "noexec"});
  EXPECT_EQ(options.set, std::uint64_t{MOUNT_ATTR_NOEXEC});
  EXPECT_EQ(options.clear, std::uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID});
}

TEST(MountOptions, AnAccessTimeModeReplacesTheOther) {
  EXPECT_EQ(parse_mount_options({"noatime", "strictatime"}).set, std::uint64_t{MOUNT_ATTR_STRICTATIME});
  const auto relative = parse_mount_options({"noatime", "relatime"});
  EXPECT_EQ(relative.set, 0U);
  EXPECT_EQ(relative.clear, std::uint64_t{MOUNT_ATTR__ATIME});
}

TEST(MountOptions, RecursiveFormsAreKeptApart) {
  const auto options = parse_mount_options({"rbind", "ro", "rnoexec", "rro", "rrw"});
  EXPECT_TRUE(options.bind && options.recursive_bind);
  EXPECT_EQ(options.set, std::uint64_t{MOUNT_ATTR_RDONLY});
  EXPECT_EQ(options.recursive_set, std::uint64_t{MOUNT_ATTR_NOEXEC});
  EXPECT_EQ(options.recursive_clear, std::uint64_t{MOUNT_ATTR_RDONLY});
}

TEST(MountOptions, PropagationComesInOrder) {
  const auto options = parse_mount_options({"rslave", "shared"});
  const std::vector<std::pair<std::uint64_t, bool>> expected = {{MS_SLAVE, true}, {MS_SHARED, false}};
  EXPECT_EQ(options.propagation, expected);
}

TEST(MountOptions, AnEmptyOneSaysNothing) {
  const auto options = parse_mount_options({"", "ro", ""});
  EXPECT_TRUE(options.data.empty());
  EXPECT_EQ(options.set, std::uint64_t{MOUNT_ATTR_RDONLY});
}

TEST(MountOptions, WhatIsUnknownIsTheFilesystems) {
  const auto options = parse_mount_options({"size=64k", "newinstance", "defaults", "async", "rdefaults"});
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"size", "64k"}, {"newinstance", ""}, {"rdefaults", ""}};
  EXPECT_EQ(options.data, expected);
}

}  // namespace
}  // namespace berth::runtime
