#include "supervise/file_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "base/text.h"
#include "sys/file.h"

namespace berth::supervise {
namespace {

using contract::LogStream;

// Both drivers, by name.
class FileLogTest : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { ASSERT_TRUE(sys::make_directory(dir_, 0700)); }
  void TearDown() override { ignore(sys::remove_tree(dir_)); }

  std::unique_ptr<LogSink> open(LogFileOptions options = {}) {
    if (options.path.empty()) options.path = path_;
    auto file = LogFile::open(std::move(options));
    EXPECT_TRUE(file);
    return make_file_log(GetParam(), std::move(*file));
  }
  static void write(LogSink& log, std::string_view text, LogStream stream = LogStream::out) {
    log.write({.stream = stream, .time_ns = 1'000'000'007, .data = text});
  }

  std::vector<contract::LogLine> entries(std::string_view suffix = "") {
    std::vector<contract::LogLine> out;
    const std::string text = sys::read_file(concat(path_, suffix)).value_or("");
    EXPECT_TRUE(text.empty() || text.ends_with('\n'));
    for (const std::string_view line : split(text, '\n')) {
      if (line.empty()) continue;
      auto entry =
          GetParam() == "json-file" ? contract::parse_json_line(line) : contract::parse_k8s_line(line);
      EXPECT_TRUE(entry) << line;
      if (entry) out.push_back(std::move(*entry));
    }
    return out;
  }
  // The stream put together again.
  std::string stream_text(LogStream stream = LogStream::out) {
    std::string out;
    for (const auto& entry : entries()) {
      if (entry.stream != stream) continue;
      out.append(entry.text);
      if (!entry.partial) out.push_back('\n');
    }
    return out;
  }

  std::string dir_ = concat("/tmp/berth-file-log-", ::getpid());
  std::string path_ = dir_ + "/log";
};

std::string driver_name(const testing::TestParamInfo<std::string_view>& driver) {
  return std::string(driver.param.substr(0, driver.param.find('-')));
}

INSTANTIATE_TEST_SUITE_P(Drivers, FileLogTest, testing::Values("k8s-file", "json-file"), driver_name);

TEST_P(FileLogTest, ALineIsAnEntryWithItsStreamAndTheTimeOfTheRead) {
  const auto log = open();
  write(*log, "one\n\ntw");
  write(*log, "err\n", LogStream::err);
  write(*log, "o\n");
  const auto all = entries();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].time_ns, 1'000'000'007);
  EXPECT_EQ(all[1].text, "");
  EXPECT_TRUE(all[2].partial && all[2].text == "tw");
  EXPECT_EQ(all[3].stream, LogStream::err);
  EXPECT_EQ(stream_text(), "one\n\ntwo\n");
}

TEST_P(FileLogTest, LinesOfEveryLengthAroundTheEntrysLimitComeTogetherAgain) {
  const auto log = open();
  std::string expected;
  for (const std::size_t size : {std::size_t{1}, LogFile::kReferFrom - 1, LogFile::kReferFrom, kMaxEntry - 1,
                                 kMaxEntry, kMaxEntry + 1, 3 * kMaxEntry, std::size_t{200'000}}) {
    std::string line;
    while (line.size() < size) append(line, line.size(), ' ');
    line.resize(size);
    write(*log, concat(line, '\n'));
    append(expected, line, '\n');
  }
  EXPECT_EQ(stream_text(), expected);
  for (const auto& entry : entries()) EXPECT_LE(entry.text.size(), kMaxEntry);
}

TEST_P(FileLogTest, AReadWithoutAnyNewlineIsPartialEntries) {
  const auto log = open();
  const std::string block(256 * 1024, 'x');
  write(*log, block);
  write(*log, block);
  for (const auto& entry : entries()) EXPECT_TRUE(entry.partial);
  EXPECT_EQ(stream_text(), block + block);
}

// Wherever it stands: also so short before the end that no entry fits in.
TEST(FileLogBlocks, AStreamWithoutNewlinesIsWantedInPiecesThatEndABlockOfTheFile) {
  const std::string path = concat("/tmp/berth-file-log-blocks-", ::getpid());
  const std::string block(LogFile::kBlock, 'x');
  for (const std::size_t behind : {1, 20, 46, 47, 5000, 16'384, 200'000}) {
    ASSERT_TRUE(sys::write_file(path, block.substr(behind), 0600));
    const auto log = make_file_log("k8s-file", std::move(*LogFile::open({.path = path})));
    EXPECT_EQ(log->wanted(), 0U);
    log->write({.stream = LogStream::out, .time_ns = 7, .data = "x"});
    for (int round = 0; round < 3; ++round)
      log->write({.stream = LogStream::err, .time_ns = 7, .data = block.substr(0, log->wanted())});
    const std::string text = sys::read_file(path).value_or("");
    EXPECT_EQ(text.size() % LogFile::kBlock, 0U) << behind;
    EXPECT_GT(log->wanted(), LogFile::kBlock * 99 / 100);
    log->write({.stream = LogStream::err, .time_ns = 7, .data = "line\nand\n"});
    EXPECT_EQ(log->wanted(), 0U);
  }
  ASSERT_TRUE(sys::remove_file(path));
}

TEST_P(FileLogTest, ACharacterIsWholeWhereverItsLineIsCut) {
  const std::string text = "aä€😀b";
  std::string expected;
  const auto log = open();
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    write(*log, text.substr(0, cut));
    write(*log, "€", LogStream::err);  // the streams do not mix
    write(*log, concat(text.substr(cut), '\n'));
    append(expected, text, '\n');
  }
  for (const char byte : text) write(*log, {&byte, 1});
  write(*log, "\n");
  append(expected, text, '\n');
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string line(kMaxEntry - shift, 'x');
    line.append("😀");
    write(*log, concat(line, '\n'));
    append(expected, line, '\n');
  }
  log->finish();
  EXPECT_EQ(stream_text(), expected);
}

TEST_P(FileLogTest, WhatBeginsACharacterAndNeverEndsItIsNotKeptBack) {
  const auto log = open();
  write(*log, "a\xe2\x82");
  write(*log, "b\n");
  write(*log, "c\xf0");
  log->finish();
  const std::string text = stream_text();
  EXPECT_TRUE(text.starts_with("a"));
  EXPECT_NE(text.find("b\nc"), std::string::npos);
  EXPECT_GT(text.size(), 4U + 2);  // bytes or U+FFFD, but there
}

TEST_P(FileLogTest, RotationTearsNoEntry) {
  const auto log = open({.path = path_, .size_max = 3 * kMaxEntry, .backups = 100});
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string line(kMaxEntry / 2 + static_cast<std::size_t>(i) * 1000, static_cast<char>('a' + i));
    write(*log, concat(line, "\nshort\n"));
    append(expected, line, "\nshort\n");
  }
  std::string all;
  for (int number = 100; number >= 0; --number) {
    for (const auto& entry : entries(number > 0 ? concat('.', number) : "")) {
      all.append(entry.text);
      if (!entry.partial) all.push_back('\n');
    }
  }
  EXPECT_EQ(all, expected);
}

TEST_P(FileLogTest, WhatAFullDiskLostIsReportedFirst) {
  ASSERT_EQ(::symlink("/dev/full", path_.c_str()), 0);
  const auto log = open();
  write(*log, concat("lost\n", std::string(LogFile::kReferFrom, 'x'), "\n"));
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  log->reopen();
  write(*log, "back\n");
  const auto all = entries();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].text, "[berth-monitor: 2 lines of output lost: No space left on device]");
  EXPECT_EQ(all[0].stream, LogStream::err);
  EXPECT_EQ(all[1].text, "back");
}

TEST_P(FileLogTest, WordsOfTheMonitorAreAnEntryOfStderr) {
  const auto log = open();
  write(*log, "one\n");
  log->report("words");
  write(*log, "two\n");
  const auto all = entries();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].text, "[berth-monitor: words]");
  EXPECT_EQ(all[1].stream, LogStream::err);
  EXPECT_FALSE(all[1].partial);
  EXPECT_EQ(stream_text(), "one\ntwo\n");
}

}  // namespace
}  // namespace berth::supervise
