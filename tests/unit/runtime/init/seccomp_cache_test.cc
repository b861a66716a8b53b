#include "runtime/init/seccomp_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::runtime::init {
namespace {

using spec::Seccomp;
using spec::SeccompAction;

class SeccompCache : public testing::Test {
 protected:
  void SetUp() override {
    base_ = concat(testing::TempDir(), "berth-seccomp-", ::getpid());
    directory_ = base_ + "/cache";
    ASSERT_TRUE(sys::make_directory(base_, 0700));
  }
  void TearDown() override { ASSERT_TRUE(sys::remove_tree(base_)); }

  [[nodiscard]] std::string only_entry() const {
    const auto names = sys::list_directory(directory_);
    EXPECT_TRUE(names && names->size() == 1);
    return concat(directory_, '/', names->front());
  }

  const Seccomp profile_ = {.default_action = SeccompAction::error,
                            .syscalls = {{.names = {"read", "write"}}}};
  const CompiledFilter compiled_ = *compile_seccomp(profile_);
  std::string base_;
  std::string directory_;
};

TEST_F(SeccompCache, GivesWhatWasCompiled) {
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
  struct stat status {};
  ASSERT_EQ(::stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
}

// Puts the compiled filter of one profile under the name of another: as a collision of the hash would.
TEST_F(SeccompCache, NeverGivesTheFilterOfAnotherProfile) {
  const Seccomp lax = {.default_action = SeccompAction::allow,
                       .syscalls = {{.names = {"mount"}, .action = SeccompAction::error}}};
  ASSERT_TRUE(compile_seccomp_cached(lax, directory_));
  const auto content = sys::read_file(only_entry());
  ASSERT_TRUE(sys::remove_file(only_entry()));
  ASSERT_TRUE(compile_seccomp_cached(profile_, directory_));
  ASSERT_TRUE(sys::write_file(only_entry(), *content, 0600));
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
}

// Would the cache be read at all, one changed instruction would show. It does, so the other tests mean something.
TEST_F(SeccompCache, IsReadAndNotJustWritten) {
  ASSERT_TRUE(compile_seccomp_cached(profile_, directory_));
  const struct timespec long_ago[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
  const std::string entry = only_entry();
  ASSERT_EQ(::utimensat(AT_FDCWD, entry.c_str(), long_ago, 0), 0);
  ASSERT_TRUE(compile_seccomp_cached(profile_, directory_));
  struct stat status {};
  ASSERT_EQ(::stat(entry.c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1) << "a hit does not write";
}

TEST_F(SeccompCache, DoesNotTrustATornEntry) {
  ASSERT_TRUE(compile_seccomp_cached(profile_, directory_));
  const auto whole = sys::read_file(only_entry());
  for (std::size_t size = 0; size < whole->size(); size += 7) {
    ASSERT_TRUE(sys::write_file(only_entry(), whole->substr(0, size), 0600));
    ASSERT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_) << size;
  }
  std::string flipped = *whole;
  flipped[flipped.size() - 3] = static_cast<char>(flipped[flipped.size() - 3] ^ 0x10);
  ASSERT_TRUE(sys::write_file(only_entry(), flipped, 0600));
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
  EXPECT_EQ(*sys::read_file(only_entry()), *whole) << "and heals it";
}

TEST_F(SeccompCache, IsNotUsedWhenOthersMayWriteToIt) {
  ASSERT_TRUE(sys::make_directory(directory_, 0700));
  ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
  EXPECT_TRUE(sys::list_directory(directory_)->empty());
}

TEST_F(SeccompCache, IsNotUsedThroughALinkOrWhenItBelongsToSomebodyElse) {
  ASSERT_TRUE(sys::make_directory(base_ + "/elsewhere", 0700));
  ASSERT_EQ(::symlink("elsewhere", directory_.c_str()), 0);
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
  EXPECT_TRUE(sys::list_directory(base_ + "/elsewhere")->empty());
  ASSERT_EQ(::chown((base_ + "/elsewhere").c_str(), 65534, 65534), 0);
  EXPECT_EQ(*compile_seccomp_cached(profile_, base_ + "/elsewhere"), compiled_);
  EXPECT_TRUE(sys::list_directory(base_ + "/elsewhere")->empty());
}

TEST_F(SeccompCache, StaysBounded) {
  ASSERT_TRUE(sys::make_directory(directory_, 0700));
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(sys::write_file(concat(directory_, "/old-", i), "x", 0600));
  EXPECT_EQ(*compile_seccomp_cached(profile_, directory_), compiled_);
  EXPECT_EQ(sys::list_directory(directory_)->size(), 1U);
}

}  // namespace
}  // namespace berth::runtime::init
