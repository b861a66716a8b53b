#include "bench/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/scope_exit.h"
#include "base/text.h"
#include "sys/file.h"

namespace berth::bench {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  return result;
}

// The first field of /proc/PID/schedstat, which can be read for as long as the zombie is there. Unlike wait4's rusage it
// leaves out the children: for a monitor these are the runtime and the container. It is of the main thread, which does
// all the work in both monitors (conmon's second one, glib's, only waits for signals).
Result<std::int64_t> own_cpu_us(pid_t pid) {
  TRY_ASSIGN(const auto text, sys::read_file(concat("/proc/", pid, "/schedstat")));
  const auto nanoseconds = parse_number<std::int64_t>(split(text, ' ').front());
  if (!nanoseconds)
    return Error::invalid("schedstat", concat("expected nanoseconds, found \"", trim(text), '"'));
  return *nanoseconds / 1000;
}

}  // namespace

std::int64_t now_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Result<pid_t> spawn(const Argv& argv, const std::string& out, int extra_fd,
                    const std::vector<std::string>& environment) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const ScopeExit destroy([&] { posix_spawn_file_actions_destroy(&actions); });
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (extra_fd >= 0) posix_spawn_file_actions_adddup2(&actions, extra_fd, 3);
  auto words = pointers(argv);
  words.push_back(nullptr);
  auto variables = pointers(environment);
  for (char** inherited = environ; *inherited != nullptr; ++inherited) variables.push_back(*inherited);
  variables.push_back(nullptr);
  pid_t pid = -1;
  const int failure = posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), variables.data());
  if (failure != 0) return Error::with_errno(failure, "posix_spawn", argv[0]);
  return pid;
}

Result<Ended> reap(pid_t pid) {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0) {
    return Error::sys("waitid", concat("process ", pid));
  }
  Ended ended{.ended_ns = now_ns()};
  TRY_ASSIGN(ended.cpu_us, own_cpu_us(pid));
  int status = 0;
  rusage usage{};
  if (wait4(pid, &status, 0, &usage) != pid) return Error::sys("wait4", concat("process ", pid));
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.peak_kb = usage.ru_maxrss;
  return ended;
}

Result<pid_t> read_pid(const std::string& file) {
  TRY_ASSIGN(const auto text, sys::read_file(file));
  const auto pid = parse_number<pid_t>(trim(text));
  if (!pid) return Error::invalid(file, concat("expected a pid, found \"", text, '"'));
  return *pid;
}

}  // namespace berth::bench
