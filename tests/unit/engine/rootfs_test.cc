#include "engine/rootfs.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "sys/file.h"

namespace berth::engine {
namespace {

class InARoot : public testing::Test {
 protected:
  void SetUp() override {
    root = testing::TempDir() + "/rootfs-XXXXXX";
    ASSERT_NE(::mkdtemp(root.data()), nullptr);
    for (const char* directory : {"/usr", "/usr/bin", "/etc", "/mnt"}) {
      ASSERT_TRUE(sys::make_directory(root + directory, 0755));
    }
    ASSERT_EQ(::symlink("usr/bin", (root + "/bin").c_str()), 0);
    ASSERT_TRUE(sys::write_file(root + "/usr/bin/sh", "", 0755));
    ASSERT_TRUE(sys::write_file(root + "/etc/passwd", "root", 0644));
  }
  void TearDown() override { ignore(sys::remove_tree(root)); }

  CommandVerdict check(const std::string& name, const std::vector<std::string>& covered = {"/proc", "/dev"}) {
    auto rootfs = Rootfs::open(root);
    EXPECT_TRUE(rootfs);
    return check_command(*rootfs, name, "/usr/local/bin:/bin", "/", covered);
  }

  std::string root;
};

TEST_F(InARoot, ACommandIsFoundInThePath) {
  EXPECT_EQ(check("sh"), CommandVerdict::executable);
  EXPECT_EQ(check("/bin/sh"), CommandVerdict::executable);
  EXPECT_EQ(check("./bin/sh"), CommandVerdict::executable);
}

TEST_F(InARoot, AMissingCommandIsToldFromOneThatCannotRun) {
  EXPECT_EQ(check("nosuch"), CommandVerdict::not_found);
  EXPECT_EQ(check("/no/such/dir/x"), CommandVerdict::not_found);
  EXPECT_EQ(check("/etc/passwd"), CommandVerdict::not_executable);
  EXPECT_EQ(check("/etc"), CommandVerdict::not_executable);
}

TEST_F(InARoot, WhatAMountMayBringIsLeftToTheRuntime) {
  EXPECT_EQ(check("/mnt/tool", {"/mnt"}), CommandVerdict::unknown);
  EXPECT_EQ(check("/proc/self/exe"), CommandVerdict::unknown);
  EXPECT_EQ(check("tool", {"/usr/local/bin"}), CommandVerdict::unknown);
  ASSERT_EQ(::symlink("/mnt/tool", (root + "/usr/bin/linked").c_str()), 0);
  EXPECT_EQ(check("/bin/linked", {"/mnt"}), CommandVerdict::unknown);
  ASSERT_EQ(::symlink("/mnt/dir", (root + "/opt").c_str()), 0);
  EXPECT_EQ(check("/opt/tool", {"/mnt"}), CommandVerdict::unknown);
}

TEST_F(InARoot, ALinkLeadsNowhereOutside) {
  ASSERT_EQ(::symlink("/etc/passwd", (root + "/inside").c_str()), 0);
  ASSERT_EQ(::symlink("../../../../../../etc/hostname", (root + "/outside").c_str()), 0);
  auto rootfs = Rootfs::open(root);
  ASSERT_TRUE(rootfs);
  EXPECT_EQ(*rootfs->read_optional("/inside"), "root");
  EXPECT_EQ(*rootfs->read_optional("/outside"), "");
}

TEST_F(InARoot, OnlyRegularFilesAreRead) {
  ASSERT_EQ(::mkfifo((root + "/fifo").c_str(), 0600), 0);
  auto rootfs = Rootfs::open(root);
  ASSERT_TRUE(rootfs);
  EXPECT_EQ(*rootfs->read_optional("/fifo"), "");
  EXPECT_EQ(*rootfs->read_optional("/etc"), "");
}

TEST_F(InARoot, AMissingRootIsNamed) {
  EXPECT_EQ(Rootfs::open("/no/such").error().to_string(), "rootfs /no/such: no such directory");
  EXPECT_EQ(Rootfs::open(root + "/etc/passwd").error().to_string(),
            "rootfs " + root + "/etc/passwd: not a directory");
}

}  // namespace
}  // namespace berth::engine
