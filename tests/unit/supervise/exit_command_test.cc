#include "supervise/exit_command.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "sys/file.h"

namespace berth::supervise {
namespace {

class ExitCommandTest : public testing::Test {
 protected:
  void SetUp() override { log::set_stderr(false); }
  void TearDown() override {
    log::set_stderr(true);
    ::unlink(path_.c_str());
  }
  [[nodiscard]] ExitCommand shell(std::string_view script) const {
    return {.program = "/bin/sh", .args = {"-c", std::string(script), "sh", path_}};
  }
  [[nodiscard]] std::string written() const { return sys::read_file(path_).value_or("-"); }

  std::string path_ = concat("/tmp/berth-exit-command-", ::getpid());
};

TEST_F(ExitCommandTest, IsWaitedFor) {
  run_exit_command(shell("echo done > $1"));
  EXPECT_EQ(written(), "done\n");
}

TEST_F(ExitCommandTest, ThatHangsIsLeftAlone) {
  run_exit_command(shell("echo $$ > $1; exec sleep 1000"), std::chrono::milliseconds(1));
  std::optional<int> pid;
  while (!pid) pid = parse_number<int>(std::string_view(written()).substr(0, written().find('\n')));
  EXPECT_EQ(::waitpid(*pid, nullptr, WNOHANG), 0);  // it runs
  ::kill(*pid, SIGKILL);
  EXPECT_EQ(::waitpid(*pid, nullptr, 0), *pid);
}

TEST_F(ExitCommandTest, ThatIsMissingOrFailsIsNoFault) {
  run_exit_command({.program = "/no/such/program"});
  run_exit_command(shell("exit 3"));
  run_exit_command(shell("kill -9 $$"));
  run_exit_command({});
  EXPECT_EQ(written(), "-");
}

}  // namespace
}  // namespace berth::supervise
