#include "supervise/journal_log.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace {

int refusals_to_come = 0;

}  // namespace

// Instead of the C library's: a journal that comes back between two calls, which nobody could time from outside.
extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (refusals_to_come > 0) {
    --refusals_to_come;
    errno = ECONNREFUSED;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_sendmmsg, fd, messages, count, flags));
}

namespace berth::supervise {
namespace {

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { listen(); }
  void TearDown() override { ::unlink(path_.c_str()); }
  void listen() { journal_ = std::move(*sys::bind_socket(path_, SOCK_DGRAM | SOCK_NONBLOCK, 0600)); }

  std::unique_ptr<JournalLog> open(contract::MonitorOptions options = {}) {
    options.cuuid = "0123456789abcdef";
    auto log = JournalLog::open(options, path_);
    EXPECT_TRUE(log);
    return std::move(*log);
  }
  static void write(JournalLog& log, std::string_view text,
                    contract::LogStream stream = contract::LogStream::out) {
    log.write({.stream = stream, .time_ns = 0, .data = text});
  }
  // The next entry, from the datagram or its memfd; "-" when there is none.
  std::string entry() {
    auto message = sys::receive(journal_, 4 << 20);
    if (!message) return "-";
    if (message->fds.empty()) return message->data;
    ::lseek(message->fds.front().get(), 0, SEEK_SET);
    return sys::read_all(message->fds.front(), "memfd").value_or("-");
  }
  static bool has(const std::string& entry, std::string_view line) {
    return concat('\n', entry).find(concat('\n', line, '\n')) != std::string::npos;
  }

  std::string path_ = concat("/tmp/berth-journal-", ::getpid());
  UniqueFd journal_;
};

TEST_F(JournalTest, ALineIsAnEntryWithConmonsFields) {
  const auto log = open({.name = "web", .log_tag = "tag", .log_labels = {"TEAM=a=b"}});
  write(*log, "hello\n");
  const auto text = entry();
  for (const char* line :
       {"MESSAGE=hello", "PRIORITY=6", "CONTAINER_ID_FULL=0123456789abcdef", "CONTAINER_ID=0123456789ab",
        "CONTAINER_NAME=web", "CONTAINER_TAG=tag", "SYSLOG_IDENTIFIER=tag", "TEAM=a=b"}) {
    EXPECT_TRUE(has(text, line)) << line << " in " << text;
  }
}

TEST_F(JournalTest, StderrIsAnErrorUnlessThePrefixSaysOtherwise) {
  const auto log = open();
  write(*log, "bad\n<5>fine\n<9>as it is\n", contract::LogStream::err);
  EXPECT_TRUE(has(entry(), "PRIORITY=3"));
  const auto notice = entry();
  EXPECT_TRUE(has(notice, "PRIORITY=5") && has(notice, "MESSAGE=fine"));
  EXPECT_TRUE(has(entry(), "MESSAGE=<9>as it is"));
}

TEST_F(JournalTest, EachStreamHasThePriorityThatItWasGivenUnlessThePrefixSaysOtherwise) {
  const auto log = open({.log_stdout_priority = 7, .log_stderr_priority = 4});
  write(*log, "detail\n<2>burning\n");
  write(*log, "careful\n", contract::LogStream::err);
  EXPECT_TRUE(has(entry(), "PRIORITY=7"));
  EXPECT_TRUE(has(entry(), "PRIORITY=2"));
  EXPECT_TRUE(has(entry(), "PRIORITY=4"));
}

TEST_F(JournalTest, PiecesOfALineAreJoinedPerStream) {
  const auto log = open();
  write(*log, "one ");
  write(*log, "err", contract::LogStream::err);
  write(*log, "line\nnext");
  EXPECT_TRUE(has(entry(), "MESSAGE=one line"));
  EXPECT_EQ(entry(), "-");
  log->finish();
  const auto last = entry();
  EXPECT_TRUE(has(last, "MESSAGE=next") && has(last, "CONTAINER_PARTIAL_MESSAGE=true"));
  EXPECT_TRUE(has(entry(), "MESSAGE=err"));
}

TEST_F(JournalTest, AMebibyteLineComesWholeInADatagramOrAMemfd) {
  const auto log = open();
  const std::string line(1024 * 1024, 'x');
  write(*log, line + "\n");
  EXPECT_TRUE(has(entry(), "MESSAGE=" + line));
  write(*log, line);  // the newline comes with the next read
  EXPECT_EQ(entry(), "-");
  write(*log, "\n");
  EXPECT_TRUE(has(entry(), "MESSAGE=" + line));
  EXPECT_EQ(entry(), "-");
}

TEST_F(JournalTest, ALargeLineKeepsItsPlaceBetweenSmallOnes) {
  const auto log = open();
  const std::string large(900'000, 'x');
  write(*log, concat("one\n", large, "\nthree\n"));
  EXPECT_TRUE(has(entry(), "MESSAGE=one"));
  EXPECT_TRUE(has(entry(), "MESSAGE=" + large));
  EXPECT_TRUE(has(entry(), "MESSAGE=three"));
}

TEST_F(JournalTest, ALineThatNeverEndsIsCutIntoPartialEntries) {
  const auto log = open({.no_container_partial_message = true});
  write(*log, std::string(JournalLog::kMaxLine + 1, 'x'));
  const auto first = entry();
  EXPECT_GT(first.size(), JournalLog::kMaxLine);
  EXPECT_FALSE(has(first, "CONTAINER_PARTIAL_MESSAGE=true"));
}

TEST_F(JournalTest, ALineThatWasCutReassemblesExactlyWithOnePriority) {
  const auto log = open();
  const std::string first(JournalLog::kMaxLine, 'x');
  write(*log, "<2>" + first.substr(3));
  write(*log, "<3>");
  write(*log, "<4>\n<5>next\n");
  auto text = entry();
  EXPECT_TRUE(has(text, "MESSAGE=" + first.substr(3)) && has(text, "PRIORITY=2"));
  text = entry();
  EXPECT_TRUE(has(text, "MESSAGE=<3><4>") && has(text, "PRIORITY=2")) << text;
  EXPECT_FALSE(has(text, "CONTAINER_PARTIAL_MESSAGE=true"));
  text = entry();
  EXPECT_TRUE(has(text, "MESSAGE=next") && has(text, "PRIORITY=5")) << text;
}

TEST_F(JournalTest, AJournalThatWasAwaySaysWhatItMissed) {
  const auto log = open();
  write(*log, "heard\n");
  EXPECT_TRUE(has(entry(), "MESSAGE=heard"));
  journal_.reset();
  ::unlink(path_.c_str());
  write(*log, "lost\nlost too\n");
  listen();
  write(*log, "back\n");
  EXPECT_TRUE(entry().starts_with("MESSAGE=[berth-monitor: 2 lines of output lost: "));
  EXPECT_TRUE(has(entry(), "MESSAGE=back"));
}

TEST_F(JournalTest, NoLineOvertakesTheReportOfALoss) {
  const auto log = open();
  journal_.reset();
  ::unlink(path_.c_str());
  write(*log, "lost\n");
  listen();
  refusals_to_come = 3;  // as often as it is tried: the journal comes back when the report has just failed
  write(*log, "lost too\n");
  write(*log, "back\n");
  EXPECT_TRUE(entry().starts_with("MESSAGE=[berth-monitor: 2 lines of output lost: "));
  EXPECT_TRUE(has(entry(), "MESSAGE=back"));
  EXPECT_EQ(entry(), "-");
}

TEST_F(JournalTest, LinesOfOneReadKeepTheirOrder) {
  const auto log = open();
  write(*log, "one\n<3>two\n\nfo");
  write(*log, "ur\nfive\n");
  EXPECT_TRUE(has(entry(), "MESSAGE=one"));
  const auto two = entry();
  EXPECT_TRUE(has(two, "MESSAGE=two") && has(two, "PRIORITY=3"));
  EXPECT_TRUE(has(entry(), "MESSAGE= "));
  const auto four = entry();
  EXPECT_TRUE(has(four, "MESSAGE=four") && !has(four, "CONTAINER_PARTIAL_MESSAGE=true"));
  EXPECT_TRUE(has(entry(), "MESSAGE=five"));
  EXPECT_EQ(entry(), "-");
}

TEST_F(JournalTest, AJournalThatReadsNothingIsWaitedForOnceAndCostsCountedLines) {
  const auto log = open();
  std::string lines;
  for (int i = 0; i < 3000; ++i) append(lines, "line ", i, '\n');  // more than the queue of a socket holds
  write(*log, lines);
  write(*log, lines);  // does not wait again
  int heard = 0;
  while (entry() != "-") ++heard;
  write(*log, "back\n");
  const auto report = entry();
  EXPECT_TRUE(report.starts_with(concat("MESSAGE=[berth-monitor: ", 6000 - heard, " lines of output lost: ")))
      << report;
  EXPECT_TRUE(has(entry(), "MESSAGE=back"));
}

TEST_F(JournalTest, WhatWasLostIsReportedAtTheEndAtTheLatest) {
  const auto log = open();
  journal_.reset();
  ::unlink(path_.c_str());
  write(*log, "lost\n");
  listen();
  log->finish();
  EXPECT_TRUE(entry().starts_with("MESSAGE=[berth-monitor: 1 line of output lost: "));
  EXPECT_EQ(entry(), "-");
}

TEST_F(JournalTest, WordsOfTheMonitorAreAWarning) {
  open()->report("words");
  const auto words = entry();
  EXPECT_TRUE(has(words, "MESSAGE=[berth-monitor: words]"));
  EXPECT_TRUE(has(words, "PRIORITY=4"));
  EXPECT_TRUE(has(words, "CONTAINER_ID=0123456789ab"));
}

TEST(JournalField, WithANewlineCarriesItsLength) {
  std::string out;
  append_journal_field(out, "A", "x\ny");
  EXPECT_EQ(out, std::string("A\n\3\0\0\0\0\0\0\0x\ny\n", 14));
}

TEST(JournalLog, RefusesAShortIdAndABadLabel) {
  EXPECT_FALSE(JournalLog::open({.cuuid = "short"}));
  for (const char* label : {"lower=x", "NOVALUE", "=x"}) {
    const auto log = JournalLog::open({.cuuid = "0123456789abcdef", .log_labels = {label}});
    ASSERT_FALSE(log);
    EXPECT_NE(log.error().to_string().find(label), std::string::npos);
  }
}

}  // namespace
}  // namespace berth::supervise
