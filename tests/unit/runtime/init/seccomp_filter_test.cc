#include "runtime/init/seccomp_filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/init/seccomp_names.h"
#include "runtime/init/seccomp_stub.h"

namespace berth::runtime::init {
namespace {

using spec::Seccomp;
using spec::SeccompAction;
using spec::SeccompOperator;
using spec::SeccompRule;

// Runs `body` in a child under the filter; what it returns, or 1000 + the signal that ended it.
template <class Body>
int under(const Seccomp& seccomp, Body body) {
  const auto filter = compile_seccomp(seccomp);
  EXPECT_TRUE(filter) << filter.error().to_string();
  if (!filter) return -1;
  const pid_t pid = ::fork();
  if (pid == 0) {
    sock_fprog program = {
        .len = static_cast<unsigned short>(filter->program.size()),
        .filter = reinterpret_cast<sock_filter*>(const_cast<std::uint64_t*>(filter->program.data()))};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(250);
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program) < 0) ::_exit(251);
    ::syscall(SYS_exit_group, body());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

int errno_of(long result) {
  return result < 0 ? errno : 0;
}

Seccomp allowing_but(SeccompRule rule) {
  return {.default_action = SeccompAction::allow, .syscalls = {std::move(rule)}};
}

TEST(SeccompFilter, GivesTheErrnoOfTheRuleOrEperm) {
  const auto mkdir = [] { return errno_of(::syscall(SYS_mkdir, "/nonexistent/x", 0700)); };
  EXPECT_EQ(under(allowing_but({.names = {"mkdir"}, .action = SeccompAction::error}), mkdir), EPERM);
  EXPECT_EQ(
      under(allowing_but({.names = {"mkdir"}, .action = SeccompAction::error, .errno_return = 77}), mkdir),
      77);
  EXPECT_EQ(under(allowing_but({.names = {"rmdir"}, .action = SeccompAction::error}), mkdir), ENOENT);
}

TEST(SeccompFilter, EndsTheProcess) {
  const auto getppid = [] { return static_cast<int>(::syscall(SYS_getppid) > 0 ? 0 : 1); };
  for (const auto action :
       {SeccompAction::kill, SeccompAction::kill_thread, SeccompAction::kill_process, SeccompAction::trap})
    EXPECT_EQ(under(allowing_but({.names = {"getppid"}, .action = action}), getppid), 1000 + SIGSYS);
}

TEST(SeccompFilter, ComparesArguments) {
  SeccompRule rule = {.names = {"personality"}, .action = SeccompAction::error, .errno_return = 99};
  const auto try_with = [&rule](SeccompOperator op, std::uint64_t value, std::uint64_t two,
                                unsigned long argument) {
    rule.args = {{.index = 0, .value = value, .value_two = two, .op = op}};
    return under(allowing_but(rule),
                 [argument] { return ::syscall(SYS_personality, argument) < 0 && errno == 99 ? 1 : 0; }) == 1;
  };
  EXPECT_TRUE(try_with(SeccompOperator::eq, 8, 0, 8));
  EXPECT_FALSE(try_with(SeccompOperator::eq, 8, 0, 0));
  EXPECT_TRUE(try_with(SeccompOperator::ne, 8, 0, 0));
  EXPECT_TRUE(try_with(SeccompOperator::lt, 8, 0, 0));
  EXPECT_FALSE(try_with(SeccompOperator::lt, 8, 0, 8));
  EXPECT_TRUE(try_with(SeccompOperator::le, 8, 0, 8));
  EXPECT_TRUE(try_with(SeccompOperator::ge, 8, 0, 8));
  EXPECT_FALSE(try_with(SeccompOperator::gt, 8, 0, 8));
  EXPECT_TRUE(try_with(SeccompOperator::masked_eq, 0xff, 8, 8)) << "(argument & value) == value_two";
  EXPECT_FALSE(try_with(SeccompOperator::masked_eq, 0xff, 9, 8));
}

TEST(SeccompFilter, TwoComparisonsOfOneArgumentAreAlternatives) {
  SeccompRule rule = {.names = {"personality"}, .action = SeccompAction::error, .errno_return = 99};
  rule.args = {{.index = 0, .value = 1}, {.index = 0, .value = 2}};
  for (const unsigned long argument : {1UL, 2UL})
    EXPECT_EQ(under(allowing_but(rule), [=] { return errno_of(::syscall(SYS_personality, argument)); }), 99);
}

TEST(SeccompFilter, ANameThatIsNoSystemCallsIsAnErrorThatSaysWhere) {
  const auto filter =
      compile_seccomp(allowing_but({.names = {"mkdir", "frobnicate"}, .action = SeccompAction::error}));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().to_string(),
            "linux.seccomp.syscalls[0].names[1]: expected the name of a system call, found \"frobnicate\"");
}

TEST(SeccompFilter, UnknownNamesAreLeftOutOnDemand) {
  const Seccomp profile =
      without_unknown_names(allowing_but({.names = {"frobnicate", "mkdir"}, .action = SeccompAction::error}));
  EXPECT_EQ(profile.syscalls[0].names, std::vector<std::string>{"mkdir"});
}

constexpr long kRseqSliceYield = 471;  // Linux 7.0: younger than any libseccomp that this is built with

TEST(SeccompFilter, ARuleAboutACallThatIsYoungerThanLibseccompHolds) {
  const auto call = [] { return errno_of(::syscall(kRseqSliceYield)); };
  SeccompRule rule = {.names = {"rseq_slice_yield"}, .action = SeccompAction::error, .errno_return = 77};
  EXPECT_EQ(under(allowing_but(rule), call), 77);
  EXPECT_EQ(under(allowing_but(rule), [] { return errno_of(::syscall(kRseqSliceYield + 1)); }), ENOSYS)
      << "the next one is not meant";
  EXPECT_EQ(under(allowing_but(rule), [] { return errno_of(::syscall(SYS_getpid)); }), 0);
  Seccomp listed = {
      .default_action = SeccompAction::error,
      .default_errno_return = 55,
      .architectures = {spec::SeccompArch::x86_64, spec::SeccompArch::x86, spec::SeccompArch::x32},
      .syscalls = {{.names = {"exit_group", "rseq_slice_yield", "uretprobe", "riscv_hwprobe"}}}};
  EXPECT_NE(under(listed, call), 55) << "allowed";
  EXPECT_EQ(under(listed, [] { return errno_of(::syscall(SYS_getpid)); }), 55);
}

TEST(SeccompFilter, ACallThatIsYoungerThanLibseccompHasNoArgumentsToCompare) {
  SeccompRule rule = {.names = {"rseq_slice_yield"}, .action = SeccompAction::error};
  rule.args = {{.index = 0, .value = 1}};
  const auto filter = compile_seccomp(allowing_but(rule));
  ASSERT_FALSE(filter);
  EXPECT_TRUE(filter.error().to_string().starts_with("linux.seccomp.syscalls[0].args: "));
}

TEST(SeccompFilter, TakesARuleThatSaysWhatTheDefaultSays) {
  EXPECT_TRUE(compile_seccomp(allowing_but({.names = {"mkdir"}, .action = SeccompAction::allow})));
}

Seccomp listing(SeccompAction default_action) {
  return {.default_action = default_action,
          .syscalls = {{.names = {"exit_group", "write", "mkdir", "rt_sigreturn"}}}};
}

TEST(SeccompFilter, SyscallsNewerThanTheProfileAreNotThere) {
  constexpr long kFuture = 100'000;
  EXPECT_EQ(under(listing(SeccompAction::error), [] { return errno_of(::syscall(kFuture)); }), ENOSYS);
  EXPECT_EQ(under(listing(SeccompAction::error), [] { return errno_of(::syscall(SYS_getppid)); }), EPERM)
      << "an old one that is not listed is refused";
  EXPECT_EQ(under(listing(SeccompAction::kill_process), [] { return errno_of(::syscall(kFuture)); }),
            1000 + SIGSYS)
      << "who asks for death gets it";
}

TEST(SeccompFilter, ACallOfTheX32AbiDoesNotPassForANewOne) {
  constexpr long kX32Mkdir = 0x40000000 + SYS_mkdir;
  Seccomp seccomp = listing(SeccompAction::error);
  seccomp.default_errno_return = 55;
  const int result = under(seccomp, [] { return errno_of(::syscall(kX32Mkdir, "/x", 0700)); });
  EXPECT_TRUE(result == 1000 + SIGSYS || result == 55) << result;
}

TEST(SeccompFilter, AddsTheArchitectures) {
  Seccomp seccomp = listing(SeccompAction::error);
  const auto one = compile_seccomp(seccomp);
  seccomp.architectures = {spec::SeccompArch::x86_64, spec::SeccompArch::x86, spec::SeccompArch::x32};
  const auto three = compile_seccomp(seccomp);
  ASSERT_TRUE(one && three);
  EXPECT_GT(three->program.size(), one->program.size());
}

TEST(SeccompFilter, SetsTheFlags) {
  Seccomp seccomp = listing(SeccompAction::error);
  EXPECT_EQ(compile_seccomp(seccomp)->flags, unsigned{SECCOMP_FILTER_FLAG_SPEC_ALLOW});
  seccomp.flags.emplace();
  EXPECT_EQ(compile_seccomp(seccomp)->flags, 0U);
  seccomp.flags = {spec::SeccompFlag::log, spec::SeccompFlag::tsync, spec::SeccompFlag::wait_killable_recv};
  EXPECT_EQ(compile_seccomp(seccomp)->flags, unsigned{SECCOMP_FILTER_FLAG_LOG})
      << "killable: only with a listener";
  seccomp.listener_path = "/run/listener.sock";
  seccomp.syscalls.push_back({.names = {"mount"}, .action = SeccompAction::notify});
  const auto filter = compile_seccomp(seccomp);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->wants_listener());
  EXPECT_EQ(filter->flags, unsigned{SECCOMP_FILTER_FLAG_LOG} | unsigned{SECCOMP_FILTER_FLAG_NEW_LISTENER} |
                               unsigned{SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV});
}

TEST(SeccompStub, IsNeededOnlyBeforeAnErrnoOtherThanEnosys) {
  Seccomp seccomp = listing(SeccompAction::error);
  EXPECT_TRUE(wants_stub(seccomp));
  seccomp.default_errno_return = ENOSYS;
  EXPECT_FALSE(wants_stub(seccomp));
  EXPECT_FALSE(wants_stub(listing(SeccompAction::allow)));
}

}  // namespace
}  // namespace berth::runtime::init
