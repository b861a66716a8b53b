#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace berth::log {
namespace {

// What `write` puts into the log file; the settings are those of the process, so each test sets them all.
class Log : public testing::Test {
 protected:
  void open(Format format) {
    std::array<int, 2> fds{};
    ASSERT_EQ(::pipe(fds.data()), 0);
    read_end_ = UniqueFd(fds[0]);
    set_stderr(false);
    set_level(Level::info);
    set_file(UniqueFd(fds[1]), format);
  }
  void TearDown() override {
    set_file(UniqueFd(), Format::text);
    set_stderr(true);
  }
  std::string line() {
    std::array<char, 1024> buffer{};
    const ssize_t size = ::read(read_end_.get(), buffer.data(), buffer.size());
    return std::string(buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  }

 private:
  UniqueFd read_end_;
};

TEST_F(Log, WritesTheJsonLinesThatEnginesParse) {
  open(Format::json);
  error("container \"web\"", ": ", 7, "\n");
  EXPECT_TRUE(line().starts_with(R"({"level":"error","msg":"container \"web\": 7\\x0a","time":"2)"));
}

TEST_F(Log, WritesOneLineOfTextForEachMessage) {
  open(Format::text);
  warning("a\nb");
  const std::string text = line();
  EXPECT_TRUE(text.starts_with("time=\"2")) << text;
  EXPECT_TRUE(text.ends_with(" level=warning msg=\"a\\\\x0ab\"\n")) << text;
}

TEST_F(Log, LeavesOutWhatIsBelowTheLevel) {
  open(Format::text);
  debug("unseen");
  info("seen");
  EXPECT_NE(line().find("msg=\"seen\""), std::string::npos);
  set_level(Level::error);
  EXPECT_FALSE(enabled(Level::warning));
  EXPECT_TRUE(enabled(Level::error));
}

TEST_F(Log, NamesTheProgramOnceOnStderr) {
  set_level(Level::info);
  set_program("berth-runtime");
  testing::internal::CaptureStderr();
  error("berth-runtime create: unknown flag: --bogus");
  error("berth-runtime: busy");
  error("berth-runtimes differ");
  error("no such container");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "berth-runtime create: unknown flag: --bogus\nberth-runtime: busy\n"
            "berth-runtime: berth-runtimes differ\nberth-runtime: no such container\n");
  set_program("berth");
}

}  // namespace
}  // namespace berth::log
