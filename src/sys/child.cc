#include "sys/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "base/scope_exit.h"
#include "base/text.h"
#include "sys/exec_vector.h"
#include "sys/file.h"

namespace berth::sys {

namespace {

// All that the child needs, resolved in the parent: plain data; the child allocates nothing.
struct Plan {
  const char* path;
  char* const* argv;
  char* const* envp;
  const char* working_directory;
  const std::pair<int, int>* fds;  // {source above every target, target}
  std::size_t fd_count;
  int report_fd;  // gets errno when something fails; close-on-exec
  int parent_death_signal;
  bool ignore_stop_signals;
  bool new_session;
  char* own_pid;  // kPidDigits bytes inside of envp that get the child's pid; null: none
};

constexpr std::size_t kPidDigits = 10;

// The child's own functions: AddressSanitizer does not know their stack and would complain where one does not return.
[[noreturn, gnu::no_sanitize_address]] void fail(const Plan& plan) noexcept {
  const int code = errno;
  [[maybe_unused]] const ssize_t written = ::write(plan.report_fd, &code, sizeof code);
  ::_exit(127);
}

void reset_signals(bool ignore_stop_signals) noexcept {
  for (int signal = 1; signal < NSIG; ++signal) {
    const bool stop = signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
    struct sigaction action {};
    action.sa_handler = stop && ignore_stop_signals ? SIG_IGN : SIG_DFL;
    ::sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void write_own_pid(char* out) noexcept {
  char* const end = std::to_chars(out, out + kPidDigits, ::getpid()).ptr;
  *end = '\0';
}

[[noreturn, gnu::no_sanitize_address]] void child_main(const Plan& plan) noexcept {
  reset_signals(plan.ignore_stop_signals);
  if (plan.parent_death_signal != 0) ::prctl(PR_SET_PDEATHSIG, plan.parent_death_signal);
  if (plan.new_session) ::setsid();
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // the targets below come out of dup2 without the flag
  for (std::size_t i = 0; i < plan.fd_count; ++i) {
    // The sources are above all targets, so that no dup2 overwrites one that is still needed.
    if (::dup2(plan.fds[i].first, plan.fds[i].second) < 0) fail(plan);
  }
  if (plan.working_directory[0] != '\0' && ::chdir(plan.working_directory) < 0) fail(plan);
  if (plan.own_pid != nullptr) write_own_pid(plan.own_pid);
  ::execve(plan.path, plan.argv, plan.envp);
  fail(plan);
}

[[gnu::no_sanitize_address]] int child_entry(void* plan) {
  child_main(*static_cast<const Plan*>(plan));
}

// As vfork(2): until it executes the child has our memory, on a stack of its own, and we wait. To copy the memory's page
// tables would take 50 µs. No signal reaches the child before reset_signals has said what each shall do to it.
pid_t start(Plan& plan) {
  constexpr std::size_t kStack = 32 * 1024;
  const auto stack = std::make_unique_for_overwrite<char[]>(kStack);
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::clone(child_entry, stack.get() + kStack, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  const int code = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return pid;
}

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = ::getenv("PATH");
  const std::string search =
      path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string_view dir : split(search, ':')) {
    std::string candidate = concat(dir.empty() ? "." : dir, '/', name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Error::with_errno(ENOENT, "find in PATH", name);
}

std::string_view name_of_variable(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

std::vector<std::string> merged_environment(const SpawnOptions& options) {
  std::vector<std::string> merged;
  const auto overridden = [&](std::string_view entry) {
    return std::any_of(options.environment.begin(), options.environment.end(),
                       [&](const auto& ours) { return name_of_variable(ours) == name_of_variable(entry); });
  };
  for (char** entry = options.inherit_environment ? environ : nullptr; entry != nullptr && *entry != nullptr;
       ++entry) {
    if (!overridden(*entry)) merged.emplace_back(*entry);
  }
  merged.insert(merged.end(), options.environment.begin(), options.environment.end());
  return merged;
}

// Makes room in `environment` for a number that only the child knows.
char* reserve_own_pid(const std::string& variable, std::vector<std::string>& environment) {
  if (variable.empty()) return nullptr;
  std::erase_if(environment, [&](const auto& entry) { return name_of_variable(entry) == variable; });
  environment.push_back(concat(variable, '=', std::string(kPidDigits, '0')));
  return environment.back().data() + variable.size() + 1;
}

// Copies of the sources, all close-on-exec and above every target.
struct Descriptors {
  std::vector<UniqueFd> owners;
  std::vector<std::pair<int, int>> moves;
};

Result<Descriptors> lift_descriptors(const SpawnOptions& options) {
  int highest = 2;
  for (const auto& [ours, target] : options.inherit_fds) highest = std::max(highest, target);
  UniqueFd null;  // only when it is needed: a bare root filesystem has none
  std::vector<std::pair<int, int>> wanted = {
      {options.stdin_fd, 0}, {options.stdout_fd, 1}, {options.stderr_fd, 2}};
  wanted.insert(wanted.end(), options.inherit_fds.begin(), options.inherit_fds.end());
  Descriptors lifted;
  for (const auto& [ours, target] : wanted) {
    if (ours < 0 && !null) {
      TRY_ASSIGN(null, open("/dev/null", O_RDWR));
    }
    UniqueFd copy(::fcntl(ours < 0 ? null.get() : ours, F_DUPFD_CLOEXEC, highest + 1));
    if (!copy) return Error::sys("fcntl(F_DUPFD_CLOEXEC)", concat(ours));
    lifted.moves.emplace_back(copy.get(), target);
    lifted.owners.push_back(std::move(copy));
  }
  return lifted;
}

}  // namespace

Result<Pipe> Pipe::make(int flags) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), flags | O_CLOEXEC) < 0) return Error::sys("pipe2");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<Child> Child::spawn(const SpawnOptions& options) {
  if (options.argv.empty()) return Error::message("spawn: no program given", EINVAL);
  TRY_ASSIGN(const auto path,
             find_program(options.executable.empty() ? options.argv.front() : options.executable));
  TRY_ASSIGN(const auto descriptors, lift_descriptors(options));
  TRY_ASSIGN(auto report, Pipe::make());
  auto argv = options.argv;
  auto environment = merged_environment(options);
  char* const own_pid = reserve_own_pid(options.own_pid_variable, environment);
  const auto argv_pointers = exec_vector(argv);
  const auto environment_pointers = exec_vector(environment);
  // Above all targets as well: a dup2 in the child must not close it.
  int highest = 2;
  for (const auto& [source, target] : descriptors.moves) highest = std::max(highest, target);
  UniqueFd report_fd(::fcntl(report.write_end.get(), F_DUPFD_CLOEXEC, highest + 1));
  if (!report_fd) return Error::sys("fcntl(F_DUPFD_CLOEXEC)");
  report.write_end.reset();
  Plan plan{.path = path.c_str(),
            .argv = argv_pointers.data(),
            .envp = environment_pointers.data(),
            .working_directory = options.working_directory.c_str(),
            .fds = descriptors.moves.data(),
            .fd_count = descriptors.moves.size(),
            .report_fd = report_fd.get(),
            .parent_death_signal = options.parent_death_signal,
            .ignore_stop_signals = options.ignore_stop_signals,
            .new_session = options.new_session,
            .own_pid = own_pid};
  const pid_t pid = start(plan);
  if (pid < 0) return Error::sys("clone");
  auto process = PidFd::open(pid);
  report_fd.reset();  // the child holds the only write end now: end of file means that execve succeeded
  int code = 0;
  auto count = read_some(report.read_end, &code, sizeof code);
  if (count && *count == sizeof code) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return Error::with_errno(code, "execute", path);
  }
  if (!process) return std::move(process).error();
  return Child(std::move(*process));
}

Child::~Child() {
  if (!process_.valid()) return;
  ignore(process_.send_signal(SIGKILL));
  ignore(process_.reap(true));
}

Result<ExitStatus> Child::wait() {
  TRY_ASSIGN(const auto status, process_.reap(true));
  process_ = PidFd();
  return *status;
}

}  // namespace berth::sys
