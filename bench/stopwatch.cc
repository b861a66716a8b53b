// stopwatch [--root DIR]: runs and times what the bench asks for. Small and static on purpose: a vforked
// child's peak memory starts at its parent's, and the interpreter that asks must not be in what is measured.
//
// With --root it first enters DIR (a mount point) by pivot_root in a mount namespace of its own: the peers of
// another release run in their own root filesystem, and not in a chroot, where a user namespace is refused.
//
// One request a line on stdin, one answer a line on stdout, fields separated by tabs:
//
//   time OUT COMMAND...            ok WALL_NS STATUS PEAK_KB      COMMAND may be several, separated by ";";
//                                                                 "reap" FILE waits for the orphan named in
//                                                                 FILE
//   sync OUT COMMAND...            ok WALL_NS STATUS LINE         until a monitor's first line on
//   _OCI_SYNCPIPE reap PID                       ok CPU_US STATUS PEAK_KB WALL_NS   its own CPU time; WALL_NS
//   since the request exit PID FILE                  ok LATENCY_NS                  kills PID; from its end
//   to FILE's appearance notify SOCKET COUNT COMMAND... ok LATENCY_NS...               of COUNT messages
//   "STATUS=<its own clock>"
//
// The first command with a STATUS that is not 0 ends the series. OUT takes stdout and stderr. A request that fails: "error TEXT".
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "bench/process.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/pidfd.h"
#include "sys/unix_socket.h"

namespace berth::bench {
namespace {

constexpr int kPatienceMs = 60'000;  // for what should take milliseconds

Argv rest(const Argv& words, std::size_t first) {
  return {words.begin() + static_cast<std::ptrdiff_t>(first), words.end()};
}

Result<void> enter(const std::string& root) {
  if (unshare(CLONE_NEWNS) != 0) return Error::sys("unshare", "mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return Error::sys("mount", "/");
  if (chdir(root.c_str()) != 0) return Error::sys("chdir", root);
  if (syscall(SYS_pivot_root, ".", ".") != 0) return Error::sys("pivot_root", root);
  if (umount2(".", MNT_DETACH) != 0) return Error::sys("umount", "the old root");
  if (chdir("/") != 0) return Error::sys("chdir", "/");
  return {};
}

Result<Ended> run_one(const Argv& argv, const std::string& out) {
  if (argv.size() == 2 && (argv[0] == "reap" || argv[0] == "kill")) {
    TRY_ASSIGN(const auto orphan, read_pid(argv[1]));
    if (argv[0] == "kill") kill(orphan, SIGKILL);
    TRY_ASSIGN(auto ended, reap(orphan));
    ended.status = 0;  // the container's own
    return ended;
  }
  TRY_ASSIGN(const auto pid, spawn(argv, out));
  return reap(pid);
}

Result<std::string> time_commands(const Argv& request) {
  std::vector<Argv> commands(1);
  for (const auto& word : rest(request, 2)) {
    if (word == ";") {
      commands.emplace_back();
    } else {
      commands.back().push_back(word);
    }
  }
  int status = 0;
  std::int64_t peak_kb = 0;
  std::int64_t ended_ns = 0;
  const auto began_ns = now_ns();
  for (const auto& argv : commands) {
    TRY_ASSIGN(const auto ended, run_one(argv, request[1]));
    ended_ns = ended.ended_ns;
    peak_kb = std::max(peak_kb, ended.peak_kb);
    status = ended.status;
    if (status != 0) break;  // what comes next may wait for what this one has not done
  }
  return concat(ended_ns - began_ns, '\t', status, '\t', peak_kb);
}

Result<std::string> time_sync(const Argv& request) {
  TRY_ASSIGN(auto pipe, sys::Pipe::make());
  const auto began_ns = now_ns();
  TRY_ASSIGN(const auto pid, spawn(rest(request, 2), request[1], pipe.write_end.get(), {"_OCI_SYNCPIPE=3"}));
  pipe.write_end.reset();
  std::string line(4096, '\0');
  TRY_ASSIGN(const auto size, sys::read_some(pipe.read_end, line.data(), line.size()));
  const auto ended_ns = now_ns();
  line.resize(size);
  TRY_ASSIGN(const auto ended, reap(pid));  // the first of its double fork
  return concat(ended_ns - began_ns, '\t', ended.status, '\t', trim(line));
}

Result<std::string> reap_orphan(const Argv& request) {
  const auto pid = parse_number<pid_t>(request[1]);
  if (!pid) return Error::invalid("reap", "expected a pid");
  const auto began_ns = now_ns();
  TRY_ASSIGN(const auto ended, reap(*pid));
  return concat(ended.cpu_us, '\t', ended.status, '\t', ended.peak_kb, '\t', ended.ended_ns - began_ns);
}

Result<std::string> time_exit(const Argv& request) {
  const auto& file = request[2];
  TRY_ASSIGN(const auto process, sys::PidFd::open(parse_number<pid_t>(request[1]).value_or(0)));
  const UniqueFd watch(inotify_init1(IN_CLOEXEC));
  if (inotify_add_watch(watch.get(), file.substr(0, file.rfind('/')).c_str(), IN_MOVED_TO | IN_CLOSE_WRITE) <
      0) {
    return Error::sys("inotify_add_watch", file);
  }
  const auto killed_ns = now_ns();
  TRY(process.send_signal(SIGKILL));
  for (;;) {
    pollfd readable{watch.get(), POLLIN, 0};
    if (poll(&readable, 1, kPatienceMs) <= 0) return Error::message(concat("no ", file));
    const auto woken_ns = now_ns();
    alignas(inotify_event) char events[4096];
    TRY(sys::read_some(watch, events, sizeof events));
    TRY_ASSIGN(const bool there, sys::exists(file));
    if (there) return concat(woken_ns - killed_ns);
  }
}

Result<std::string> time_notify(const Argv& request) {
  TRY_ASSIGN(const auto socket, sys::bind_socket(request[1], SOCK_DGRAM, 0777));
  TRY_ASSIGN(const auto pid, spawn(rest(request, 3), "/dev/null"));
  std::string latencies;
  for (int wanted = parse_number<int>(request[2]).value_or(0); wanted > 0;) {
    pollfd readable{socket.get(), POLLIN, 0};
    if (poll(&readable, 1, kPatienceMs) <= 0) return Error::message("no message on the socket");
    TRY_ASSIGN(const auto message, sys::receive(socket, 4096));
    const auto received_ns = now_ns();
    for (const auto line : split(message.data, '\n')) {
      if (!line.starts_with("STATUS=")) continue;
      append(latencies, latencies.empty() ? "" : "\t",
             received_ns - parse_number<std::int64_t>(line.substr(7)).value_or(0));
      --wanted;
    }
  }
  TRY(reap(pid));
  return latencies;
}

Result<std::string> answer(const Argv& request) {
  const auto& verb = request[0];
  if (verb == "time" && request.size() > 2) return time_commands(request);
  if (verb == "sync" && request.size() > 2) return time_sync(request);
  if (verb == "reap" && request.size() == 2) return reap_orphan(request);
  if (verb == "exit" && request.size() == 3) return time_exit(request);
  if (verb == "notify" && request.size() > 3) return time_notify(request);
  return Error::invalid(verb, "expected time, sync, reap, exit or notify and what they take");
}

// What a command that failed has left to us.
void kill_orphans() {
  const auto children = sys::read_file(concat("/proc/self/task/", getpid(), "/children"));
  if (!children) return;
  for (const auto word : split(*children, ' ')) {
    const auto pid = parse_number<pid_t>(trim(word));
    if (!pid) continue;
    kill(*pid, SIGKILL);
    ignore(reap(*pid));
  }
}

int serve() {
  char* line = nullptr;
  std::size_t capacity = 0;
  for (ssize_t size = 0; (size = getline(&line, &capacity, stdin)) > 0;) {
    Argv request;
    for (const auto field : split({line, static_cast<std::size_t>(size - 1)}, '\t'))
      request.emplace_back(field);
    const auto result = answer(request);
    if (result) {
      printf("ok\t%s\n", result->c_str());
    } else {
      printf("error\t%s\n", result.error().to_string().c_str());
    }
    fflush(stdout);
  }
  free(line);
  kill_orphans();
  return 0;
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--root") {
    if (const auto entered = berth::bench::enter(argv[2]); !entered) {
      fprintf(stderr, "stopwatch: %s\n", entered.error().to_string().c_str());
      return 1;
    }
  } else if (argc != 1) {
    fputs("Usage: stopwatch [--root DIR]\n", stderr);
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // a container's init and a detached monitor come to us
  return berth::bench::serve();
}
