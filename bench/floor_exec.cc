// floor-exec PID CGROUP COMMAND...: the bare kernel work of `exec` in a running container, and nothing else.
//
// One setns(2) by pidfd into all six namespaces of the process PID, one clone3 into the cgroup CGROUP (which
// also makes the joined pid namespace take effect), execve, wait. No check, no capabilities, no state. Exit:
// the command's status, 125 with a line on failure.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void must(long result, const char* step) {
  if (result >= 0) return;
  perror(step);
  _exit(125);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return fprintf(stderr, "Usage: floor-exec PID CGROUP COMMAND...\n"), 125;
  const int cgroup = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  must(cgroup, argv[2]);
  const long process = syscall(SYS_pidfd_open, atoi(argv[1]), 0);
  must(process, "pidfd_open");
  must(setns(static_cast<int>(process),
             CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWCGROUP),
       "setns");
  clone_args args = {};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<unsigned>(cgroup);
  const long child = syscall(SYS_clone3, &args, sizeof args);
  must(child, "clone3");
  if (child == 0) {
    execve(argv[3], argv + 3, environ);
    must(-1, argv[3]);
  }
  int status = 0;
  must(waitpid(static_cast<pid_t>(child), &status, 0), "wait");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
