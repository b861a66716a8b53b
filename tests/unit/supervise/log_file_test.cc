#include "supervise/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/text.h"
#include "sys/file.h"

namespace berth::supervise {
namespace {

class LogFileTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(sys::make_directory(dir_, 0700)); }
  void TearDown() override { ignore(sys::remove_tree(dir_)); }

  LogFile open(LogFileOptions options) {
    options.path = path_;
    auto file = LogFile::open(std::move(options));
    EXPECT_TRUE(file);
    return std::move(*file);
  }
  static void put(LogFile& file, std::string_view entry) {
    char* at = file.reserve(entry.size());
    ASSERT_NE(at, nullptr);
    std::memcpy(at, entry.data(), entry.size());
    file.put(at + entry.size());
  }
  std::string content(std::string_view suffix = "") {
    return sys::read_file(concat(path_, suffix)).value_or("-");
  }

  std::string dir_ = concat("/tmp/berth-log-file-", ::getpid());
  std::string path_ = dir_ + "/log";
};

TEST_F(LogFileTest, AppendsToWhatIsThere) {
  ASSERT_TRUE(sys::write_file(path_, "old\n"));
  auto file = open({});
  put(file, "new\n");
  EXPECT_EQ(content(), "old\n");  // nothing is written before flush()
  file.flush();
  EXPECT_EQ(content(), "old\nnew\n");
}

TEST_F(LogFileTest, RotatesBetweenEntries) {
  auto file = open({.size_max = 10, .backups = 2});
  for (const char* entry : {"aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n", "ffff\n", "gggg\n"})
    put(file, entry);
  file.flush();
  EXPECT_EQ(content(), "gggg\n");
  EXPECT_EQ(content(".1"), "eeee\nffff\n");
  EXPECT_EQ(content(".2"), "cccc\ndddd\n");
  EXPECT_EQ(content(".3"), "-");
}

TEST_F(LogFileTest, RotatesAtOnceHoweverManyOldFilesMayBeKept) {
  auto file = open({.size_max = 10, .backups = 2'000'000'000});
  for (const char* entry : {"aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n"}) put(file, entry);
  file.flush();
  EXPECT_EQ(content(), "cccccccc\n");
  EXPECT_EQ(content(".1"), "bbbbbbbb\n");
  EXPECT_EQ(content(".2"), "aaaaaaaa\n");
}

TEST_F(LogFileTest, AMissingOldFileIsThePlaceOfItsNeighbour) {
  ASSERT_TRUE(sys::write_file(path_ + ".1", "one"));
  ASSERT_TRUE(sys::write_file(path_ + ".3", "three"));
  auto file = open({.size_max = 10, .backups = 5});
  for (const char* entry : {"aaaaaaaa\n", "bbbbbbbb\n"}) put(file, entry);
  file.flush();
  EXPECT_EQ(content(".1"), "aaaaaaaa\n");
  EXPECT_EQ(content(".2"), "one");
  EXPECT_EQ(content(".3"), "three");
}

TEST_F(LogFileTest, AnEntryLargerThanTheLimitStandsAlone) {
  auto file = open({.size_max = 10, .backups = 5});
  for (const char* entry : {"a\n", "0123456789abcdef\n", "b\n"}) put(file, entry);
  file.flush();
  EXPECT_EQ(content(".2"), "a\n");
  EXPECT_EQ(content(".1"), "0123456789abcdef\n");
  EXPECT_EQ(content(), "b\n");
}

TEST_F(LogFileTest, WithoutBackupsAReaderKeepsTheOldFile) {
  auto file = open({.size_max = 5});
  put(file, "old\n");
  file.flush();
  const auto reader = sys::open(path_, O_RDONLY);
  put(file, "new\n");
  file.flush();
  EXPECT_EQ(content(), "new\n");
  EXPECT_EQ(*sys::read_all(*reader, "old"), "old\n");
}

TEST_F(LogFileTest, ReservesBlocksWhileItGrowsFastAndGivesThemBack) {
  const auto unused = [this] {
    struct stat info {};
    EXPECT_EQ(::stat(path_.c_str(), &info), 0);
    return info.st_blocks * 512 - info.st_size;
  };
  auto file = std::move(*LogFile::open({.path = path_}));
  const std::string text(1 << 20, 'x');
  for (int count = 0; count < 10; ++count) {
    file.put("", text, "\n");
    file.flush();
  }
  EXPECT_GT(unused(), 8 << 20);
  file.release();
  EXPECT_LT(unused(), 1 << 20);
  EXPECT_EQ(sys::read_file(path_).value_or("").size(), 10 * (text.size() + 1));
}

TEST_F(LogFileTest, ATextThatIsNotCopiedStandsBetweenItsHeadAndTail) {
  auto file = open({.size_max = 30, .backups = 2});
  const std::string text = "a text of twenty byte";
  put(file, "before\n");
  file.put("head ", text, "\n");
  put(file, "after\n");
  file.flush();
  EXPECT_EQ(content(".2"), "before\n");
  EXPECT_EQ(content(".1"), "head a text of twenty byte\n");
  EXPECT_EQ(content(), "after\n");
}

TEST_F(LogFileTest, WhatWasLostDoesNotCountForTheGlobalSize) {
  ASSERT_EQ(::symlink("/dev/full", path_.c_str()), 0);
  auto file = open({.global_size_max = 10});
  put(file, "lost\n");
  file.flush();
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  file.reopen();
  put(file, "12345678\n");
  put(file, "too much\n");
  file.flush();
  EXPECT_EQ(content(), "12345678\n");
}

TEST_F(LogFileTest, WhatAnEarlierRunHasLeftCountsForTheGlobalSize) {
  ASSERT_TRUE(sys::write_file(path_, "1234567\n"));
  auto file = open({.global_size_max = 10});
  put(file, "89\n");
  put(file, "9\n");
  file.flush();
  EXPECT_EQ(content(), "1234567\n9\n");
}

TEST_F(LogFileTest, AnEntryThatAFifoHasTakenInPartSpoilsNoOther) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const UniqueFd reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK));
  auto file = open({});
  const std::string entry(10'000, 'x');  // no divisor of what a pipe holds
  for (int i = 0; i < 20; ++i) {
    put(file, concat(entry, '\n'));
    file.flush();
  }
  ASSERT_TRUE(file.loss().any());
  std::string read(1 << 20, '\0');
  read.resize(static_cast<std::size_t>(::read(reader.get(), read.data(), read.size())));
  put(file, "after\n");
  file.flush();
  std::array<char, 100> rest;
  const ssize_t size = ::read(reader.get(), rest.data(), rest.size());
  ASSERT_GT(size, 0);
  read.append(rest.data(), static_cast<std::size_t>(size));
  const auto lines = split(read, '\n');
  ASSERT_GE(lines.size(), 3U);
  EXPECT_LT(lines[lines.size() - 3].size(), entry.size());  // the torn one
  EXPECT_EQ(lines[lines.size() - 2], "after");
}

TEST_F(LogFileTest, CountsWhatADeviceWithoutRoomLost) {
  path_ = "/dev/full";
  auto file = LogFile::open({.path = path_});
  ASSERT_TRUE(file);
  put(*file, "a\n");
  put(*file, "b\n");
  file->flush();
  EXPECT_EQ(file->loss().to_string(), "2 lines of output lost: No space left on device");
  const LossCount before = file->settle();
  put(*file, "report\n");
  file->flush();
  file->unsettled(before);
  EXPECT_EQ(file->loss().to_string(), "2 lines of output lost: No space left on device");
}

TEST_F(LogFileTest, NoBufferHoldsAnEntryThatIsTooLarge) {
  auto file = open({});
  EXPECT_EQ(file.reserve(std::size_t{1} << 30U), nullptr);
}

}  // namespace
}  // namespace berth::supervise
