// floor ROOTFS CGROUP COMMAND...: the bare kernel work of `run` with the default bundle, and nothing else.
//
// What it does is what no runtime can leave out: one clone3 into the bundle's six new namespaces and into a
// fresh cgroup (the cgroup namespace is unshared by the child: at clone it would be rooted in the parent's
// cgroup), every mount of `berth-runtime spec`, its masked and read-only paths (they are mounts too),
// pivot_root, the read-only root, execve, wait, and the cgroup's removal. What it leaves out is what a
// runtime may do cleverly or cheaply: config.json, state, device nodes, capabilities, rlimits, the device
// filter, seccomp, any check of a path.
//
// CGROUP is a directory to be made on a cgroup2 mount. Exit: the command's status, 125 with a line on
// failure.
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Mount {
  const char *type, *target;
  unsigned long flags;
  const char* data;
};
constexpr unsigned long kSafe = MS_NOSUID | MS_NOEXEC | MS_NODEV;
constexpr Mount kMounts[] = {
    {"proc", "proc", 0, nullptr},
    {"tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
    {"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"tmpfs", "dev/shm", kSafe, "mode=1777,size=65536k"},
    {"mqueue", "dev/mqueue", kSafe, nullptr},
    {"sysfs", "sys", kSafe | MS_RDONLY, nullptr},
    {"cgroup2", "sys/fs/cgroup", kSafe | MS_RELATIME | MS_RDONLY, nullptr}};
constexpr const char* kMasked[] = {
    "proc/acpi",       "proc/asound",      "proc/kcore",       "proc/keys",    "proc/latency_stats",
    "proc/timer_list", "proc/timer_stats", "proc/sched_debug", "sys/firmware", "proc/scsi"};
constexpr const char* kReadonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

void must(long result, const char* step) {
  if (result >= 0) return;
  perror(step);
  _exit(125);
}

[[noreturn]] void contain(const char* rootfs, char** command) {
  must(unshare(CLONE_NEWCGROUP), "unshare");
  must(mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "slave");
  must(mount(rootfs, rootfs, nullptr, MS_BIND | MS_REC, nullptr), "bind the root");
  must(chdir(rootfs), rootfs);
  for (const Mount& m : kMounts) {
    if (m.target[0] == 'd' && m.target[3] == '/') must(mkdir(m.target, 0755), m.target);
    must(mount(m.type, m.target, m.type, m.flags, m.data), m.target);
  }
  for (const char* path : kMasked) {
    if (mount("/dev/null", path, nullptr, MS_BIND, nullptr) == 0 || errno == ENOENT) continue;
    must(mount("tmpfs", path, "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1"), path);  // a directory
  }
  for (const char* path : kReadonly) {
    if (mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) < 0 && errno == ENOENT) continue;
    must(mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | kSafe, nullptr), path);
  }
  must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "umount2");
  must(mount(nullptr, "/", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), "read-only root");
  execve(command[0], command, environ);
  must(-1, command[0]);
  __builtin_unreachable();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return fprintf(stderr, "Usage: floor ROOTFS CGROUP COMMAND...\n"), 125;
  must(mkdir(argv[2], 0755), argv[2]);
  int cgroup = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  must(cgroup, argv[2]);
  clone_args args = {};
  args.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS | CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<unsigned>(cgroup);
  long child = syscall(SYS_clone3, &args, sizeof args);
  must(child, "clone3");
  if (child == 0) contain(argv[1], argv + 3);
  int status = 0;
  must(waitpid(static_cast<pid_t>(child), &status, 0), "wait");
  must(rmdir(argv[2]), "rmdir");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
