#include "sys/privilege.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "base/text.h"
#include "sys/file.h"

namespace berth::sys {
namespace {

// The exit status of `check`, run as root of a new user namespace in which uid 0 is 1000 outside.
int as_root_of_a_user_namespace(const std::function<bool()>& check) {
  std::array<int, 2> to_child{};
  std::array<int, 2> to_parent{};
  if (::pipe(to_child.data()) != 0 || ::pipe(to_parent.data()) != 0) return -1;
  char byte = 0;
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(10);
    if (::write(to_parent[1], &byte, 1) != 1 || ::read(to_child[0], &byte, 1) != 1) ::_exit(11);
    if (::setuid(0) != 0) ::_exit(12);
    ::_exit(check() ? 0 : 1);
  }
  EXPECT_EQ(::read(to_parent[0], &byte, 1), 1);
  EXPECT_TRUE(write_existing(concat("/proc/", pid, "/uid_map"), "5 2000 3\n0 1000 5\n"));
  EXPECT_EQ(::write(to_child[1], &byte, 1), 1);
  for (const int fd : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) ::close(fd);
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WEXITSTATUS(status);
}

TEST(Privilege, RootIsTheMachinesRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(is_machine_root());
  EXPECT_EQ(outside_uid(), 0U);
}

TEST(Privilege, RootOfAUserNamespaceUnderAForeignInitIsAnOrdinaryUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(as_root_of_a_user_namespace([] { return !is_machine_root() && !in_initial_user_namespace(); }),
            0);
}

TEST(Privilege, TheUidOutsideIsTheMappedOne) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(as_root_of_a_user_namespace([] { return outside_uid() == 1000; }), 0);
  EXPECT_EQ(as_root_of_a_user_namespace([] { return ::setuid(6) == 0 && outside_uid() == 2001; }), 0);
}

}  // namespace
}  // namespace berth::sys
