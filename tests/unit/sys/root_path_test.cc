#include "sys/root_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "sys/file.h"

namespace berth::sys {
namespace {

class RootPath : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/berth-root-path-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    top_ = name;
    ASSERT_TRUE(make_directories(top_ + "/root/dev"));
    ASSERT_TRUE(make_directories(top_ + "/outside"));
    root_ = UniqueFd(::open((top_ + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(root_);
  }
  void TearDown() override { ignore(remove_tree(top_)); }

  [[nodiscard]] bool is_directory(const std::string& path) const {
    struct stat info {};
    return ::lstat((top_ + path).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }
  void link(const std::string& target, const std::string& path) const {
    ASSERT_EQ(::symlink(target.c_str(), (top_ + path).c_str()), 0);
  }

  std::string top_;
  UniqueFd root_;
};

TEST_F(RootPath, MakesTheLastDirectoryThatIsMissing) {
  EXPECT_TRUE(make_directory_in_root(root_.get(), "/dev/pts"));
  EXPECT_TRUE(is_directory("/root/dev/pts"));
}

TEST_F(RootPath, MakesEveryDirectoryThatIsMissing) {
  EXPECT_TRUE(make_directory_in_root(root_.get(), "a/b//c/"));
  EXPECT_TRUE(is_directory("/root/a/b/c"));
}

TEST_F(RootPath, TakesADirectoryWithATrailingSlash) {
  EXPECT_TRUE(make_directory_in_root(root_.get(), "/dev/"));
  EXPECT_TRUE(make_directory_in_root(root_.get(), "/dev/shm/"));
  EXPECT_TRUE(is_directory("/root/dev/shm"));
}

TEST_F(RootPath, KeepsALinkToTheOutsideInsideTheRoot) {
  ASSERT_TRUE(make_directories(top_ + "/root" + top_ + "/outside"));
  link(top_ + "/outside", "/root/escape");
  EXPECT_TRUE(make_directory_in_root(root_.get(), "/escape/made"));
  EXPECT_FALSE(is_directory("/outside/made"));
  EXPECT_TRUE(is_directory("/root" + top_ + "/outside/made"));
}

TEST_F(RootPath, RefusesADanglingLinkInPlaceOfTheDirectory) {
  link("/nowhere", "/root/dev/pts");
  EXPECT_FALSE(make_directory_in_root(root_.get(), "/dev/pts"));
  EXPECT_FALSE(is_directory("/root/nowhere"));
}

TEST_F(RootPath, DoesNotClimbAboveTheRoot) {
  EXPECT_TRUE(make_directory_in_root(root_.get(), "../../made"));
  EXPECT_FALSE(is_directory("/made"));
  EXPECT_TRUE(is_directory("/root/made"));
}

TEST_F(RootPath, MakesAFileAndRefusesALinkInItsPlace) {
  EXPECT_TRUE(make_file_in_root(root_.get(), "/etc/hosts"));
  link("/nowhere", "/root/dev/null");
  EXPECT_FALSE(make_file_in_root(root_.get(), "/dev/null"));
}

}  // namespace
}  // namespace berth::sys
