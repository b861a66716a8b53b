// Running another program: fork, execve, and the exit status.
//
//   TRY_ASSIGN(auto child, sys::Child::spawn({.argv = {"runc", "state", id}, .stdout_fd = pipe.write_end}));
//   TRY_ASSIGN(auto status, child.wait());
//
// The child starts with default signal dispositions, an empty signal mask, only descriptors 0, 1, 2 and the
// listed ones open. A program that cannot be executed is reported by spawn(), not as an exit code.
// A Child must be waited for or released: its destructor kills (SIGKILL) and reaps what was forgotten.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/pidfd.h"

namespace berth::sys {

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH unless it has a slash
  std::string executable = {};    // what is executed, when it is not argv[0]
  std::vector<std::string> environment = {};
  bool inherit_environment = true;  // ours first, then `environment` overrides it
  std::string working_directory = {};
  // -1: /dev/null. The descriptors stay ours.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = 2;
  std::vector<std::pair<int, int>> inherit_fds = {};  // {ours, its number in the child}
  bool new_session = false;
  int parent_death_signal = 0;
  // SIGTERM, SIGINT and SIGHUP do not end the child: a service manager sends them to all processes of a unit, also to
  // one that is clearing away.
  bool ignore_stop_signals = false;
  // A variable that gets the child's own pid ("LISTEN_PID"); empty: none.
  std::string own_pid_variable = {};
};

class Child {
 public:
  static Result<Child> spawn(const SpawnOptions& options);
  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] const PidFd& process() const noexcept { return process_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  Result<ExitStatus> wait();
  // The caller reaps it from here on.
  [[nodiscard]] PidFd release() && { return std::move(process_); }

 private:
  explicit Child(PidFd process) : process_(std::move(process)) {}
  PidFd process_;
};

struct RunOutput {
  ExitStatus status;
  std::string output;  // stdout, at most kMaxFile bytes
  std::string errors;  // stderr, when it was captured
};
// Runs to the end with stdout and stderr captured; kills after `timeout_ms` (-1: never) with ETIMEDOUT.
// `input` is written to its stdin.
[[nodiscard]] Result<RunOutput> run_program(SpawnOptions options, std::string_view input = {},
                                            int timeout_ms = -1);

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
  static Result<Pipe> make(int flags = 0);  // O_CLOEXEC is always on
};

}  // namespace berth::sys
