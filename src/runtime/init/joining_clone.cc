#include "runtime/init/joining_clone.h"

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

// Shared with the joiner, which runs in our memory while we stand still (CLONE_VM | CLONE_VFORK).
struct Joining {
  const Plan* plan;
  const ChildArguments* arguments;
  std::uint64_t flags;
  pid_t pid = -1;
  int pidfd = -1;
  int code = 0;
  const char* failed = "";
};

int enter(void* argument) noexcept {
  Joining& joining = *static_cast<Joining*>(argument);
  int failed_flag = 0;
  if (!join_all(joining.plan->namespaces, failed_flag)) {
    joining.code = errno;
    joining.failed = namespace_name(failed_flag);
    ::_exit(0);
  }
  joining.pid = sys::raw_clone3(joining.flags | CLONE_PARENT, -1, &joining.pidfd);
  if (joining.pid == 0) child_main(*joining.plan, *joining.arguments);
  joining.code = errno;
  ::_exit(0);
}

}  // namespace

bool needs_joining_clone(const NamespacePlan& plan) noexcept {
  if ((plan.created & CLONE_NEWUSER) != 0 && !plan.joined.empty()) return true;
  for (const JoinedNamespace& ns : plan.joined) {
    if ((ns.flag & CLONE_NEWUSER) != 0) return true;
  }
  return false;
}

Result<sys::Cloned> joining_clone(const Plan& plan, const ChildArguments& arguments, std::uint64_t flags) {
  void* stack =
      ::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return Error::sys("mmap", "stack");
  const ScopeExit unmap([&] { ::munmap(stack, kStackSize); });
  Joining joining{.plan = &plan, .arguments = &arguments, .flags = flags};
  const pid_t joiner = ::clone(enter, static_cast<char*>(stack) + kStackSize,
                               CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &joining);
  if (joiner < 0) return Error::sys("clone");
  while (::waitpid(joiner, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (joining.failed[0] != '\0')
    return Error::with_errno(joining.code, concat("join the ", joining.failed, " namespace"));
  if (joining.pid < 0) return Error::with_errno(joining.code, "clone3");
  // The pid is ours: the joiner entered a pid namespace for its children only.
  return sys::Cloned{joining.pid, UniqueFd(joining.pidfd)};
}

}  // namespace berth::runtime::init
