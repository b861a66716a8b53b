#include "runtime/init/vestibule.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/scope_exit.h"
#include "base/text.h"
#include "runtime/init/namespaces.h"

namespace berth::runtime::init {

namespace {

constexpr std::size_t kStackSize = 256U << 10U;  // the child goes on with a copy of it

// Shared with the vestibule, which runs in our memory while we stand still (CLONE_VM | CLONE_VFORK).
struct Visit {
  const Plan* plan;
  const ChildArguments* arguments;
  std::uint64_t flags;
  pid_t pid = -1;
  int pidfd = -1;
  int code = 0;
  const char* failed = "";
};

int enter(void* argument) noexcept {
  Visit& visit = *static_cast<Visit*>(argument);
  int failed_flag = 0;
  if (!join_all(visit.plan->namespaces, failed_flag)) {
    visit.code = errno;
    visit.failed = namespace_name(failed_flag);
    ::_exit(0);
  }
  visit.pid = sys::raw_clone3(visit.flags | CLONE_PARENT, -1, &visit.pidfd);
  if (visit.pid == 0) child_main(*visit.plan, *visit.arguments);
  visit.code = errno;
  ::_exit(0);
}

}  // namespace

bool needs_vestibule(const NamespacePlan& plan) noexcept {
  if ((plan.created & CLONE_NEWUSER) != 0 && !plan.joined.empty()) return true;
  for (const JoinedNamespace& ns : plan.joined) {
    if ((ns.flag & CLONE_NEWUSER) != 0) return true;
  }
  return false;
}

Result<sys::Cloned> clone_in_vestibule(const Plan& plan, const ChildArguments& arguments,
                                       std::uint64_t flags) {
  void* stack =
      ::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return Error::sys("mmap", "stack");
  const ScopeExit unmap([&] { ::munmap(stack, kStackSize); });
  Visit visit{.plan = &plan, .arguments = &arguments, .flags = flags};
  const pid_t vestibule = ::clone(enter, static_cast<char*>(stack) + kStackSize,
                                  CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &visit);
  if (vestibule < 0) return Error::sys("clone");
  while (::waitpid(vestibule, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (visit.failed[0] != '\0')
    return Error::with_errno(visit.code, concat("join the ", visit.failed, " namespace"));
  if (visit.pid < 0) return Error::with_errno(visit.code, "clone3");
  // The pid is ours: the vestibule joined a pid namespace for its children only.
  return sys::Cloned{visit.pid, UniqueFd(visit.pidfd)};
}

}  // namespace berth::runtime::init
