#include "sys/file.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/text.h"

namespace berth::sys {
namespace {

class File : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "berth-file-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(root_)); }
  [[nodiscard]] std::string path(std::string_view name) const { return concat(root_, '/', name); }

  std::string root_;
};

TEST_F(File, ReadsBackWhatItWrote) {
  const std::string data(100'000, 'x');
  ASSERT_TRUE(write_file(path("f"), data, 0600));
  EXPECT_EQ(*read_file(path("f")), data);
  struct stat status {};
  ASSERT_EQ(::stat(path("f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(File, ReadsProcAlthoughItsSizeIsZero) {
  const auto status = read_file("/proc/self/status");
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("Pid:"), std::string::npos);
}

TEST_F(File, RefusesAFileBeyondTheLimit) {
  ASSERT_TRUE(write_file(path("f"), "12345"));
  EXPECT_TRUE(read_file(path("f"), 5));
  EXPECT_TRUE(read_file(path("f"), 4).error().is(EFBIG));
}

TEST_F(File, NamesThePathThatFailed) {
  const auto result = read_file(path("nothing"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(), concat("open ", path("nothing"), ": No such file or directory"));
}

TEST_F(File, OpensEverythingCloseOnExec) {
  const auto fd = *open("/dev/null", O_RDONLY);
  EXPECT_EQ(::fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(dup(fd)->get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(File, DoesNotCreateWhatItWasToldExists) {
  EXPECT_TRUE(write_existing(path("f"), "x").error().is(ENOENT));
  EXPECT_FALSE(*exists(path("f")));
}

TEST_F(File, ReplacesAFileInOneStepAndLeavesNoTemporary) {
  ASSERT_TRUE(write_file(path("f"), "old"));
  const auto reader = *open(path("f"), O_RDONLY);
  ASSERT_TRUE(replace_file(path("f"), "new", 0640, true));
  EXPECT_EQ(*read_all(reader, "f"), "old");
  EXPECT_EQ(*read_file(path("f")), "new");
  EXPECT_EQ(*list_directory(root_), (std::vector<std::string>{"f"}));
}

TEST_F(File, LeavesNoTemporaryWhenReplacingFails) {
  ASSERT_TRUE(make_directory(path("f"), 0755));
  EXPECT_FALSE(replace_file(path("f"), "new"));
  EXPECT_EQ(*list_directory(root_), (std::vector<std::string>{"f"}));
}

TEST_F(File, MakesDirectoriesOnTheWayAndIsContentWithThoseThatExist) {
  ASSERT_TRUE(make_directories(path("a/b/c")));
  ASSERT_TRUE(make_directories(path("a/b/c")));
  ASSERT_TRUE(write_file(path("a/f"), ""));
  EXPECT_TRUE(make_directories(path("a/f/g")).error().is(ENOTDIR));
}

TEST_F(File, RemovesATreeWithoutFollowingLinks) {
  ASSERT_TRUE(make_directories(path("keep")));
  ASSERT_TRUE(write_file(path("keep/f"), "precious"));
  ASSERT_TRUE(make_directories(path("go/deep/er")));
  ASSERT_EQ(::symlink(path("keep").c_str(), path("go/link").c_str()), 0);
  ASSERT_TRUE(remove_tree(path("go")));
  EXPECT_FALSE(*exists(path("go")));
  EXPECT_EQ(*read_file(path("keep/f")), "precious");
}

TEST_F(File, RemovesALinkAndNotWhatItNames) {
  ASSERT_TRUE(make_directories(path("keep")));
  ASSERT_EQ(::symlink(path("keep").c_str(), path("link").c_str()), 0);
  ASSERT_TRUE(remove_tree(path("link")));
  EXPECT_TRUE(*exists(path("keep")));
  EXPECT_FALSE(*exists(path("link")));
  EXPECT_TRUE(remove_tree(path("nothing")));
}

TEST_F(File, StopsAtAnotherMountWhenItRemovesATree) {
  ASSERT_TRUE(make_directories(path("go/mounted")));
  if (::mount("none", path("go/mounted").c_str(), "tmpfs", 0, nullptr) < 0) {
    GTEST_SKIP() << "may not mount here";
  }
  ASSERT_TRUE(write_file(path("go/mounted/f"), "precious"));
  EXPECT_TRUE(remove_tree(path("go")).error().is(EBUSY));
  EXPECT_EQ(*read_file(path("go/mounted/f")), "precious");
  ASSERT_EQ(::umount(path("go/mounted").c_str()), 0);
}

TEST_F(File, ResolvesLinksAndRelativePaths) {
  ASSERT_EQ(::symlink("nowhere", path("link").c_str()), 0);
  EXPECT_EQ(*read_link(path("link")), "nowhere");
  EXPECT_TRUE(*exists(path("link")));
  EXPECT_FALSE(real_path(path("link")));
  EXPECT_EQ(absolute_path("/a/b"), "/a/b");
  EXPECT_EQ(absolute_path("x"), concat(*real_path("."), "/x"));
}

TEST_F(File, GivesALockToOneAtATime) {
  {
    const auto first = FileLock::acquire(path("lock"));
    ASSERT_TRUE(first);
    EXPECT_FALSE(FileLock::try_acquire(path("lock"))->has_value());
  }
  const auto shared = *FileLock::try_acquire(path("lock"), FileLock::Mode::shared);
  EXPECT_TRUE(shared.has_value());
  EXPECT_TRUE(FileLock::try_acquire(path("lock"), FileLock::Mode::shared)->has_value());
  EXPECT_FALSE(FileLock::try_acquire(path("lock"))->has_value());
}

}  // namespace
}  // namespace berth::sys
