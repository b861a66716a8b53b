#include "runtime/init/execute.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "runtime/init/home_directory.h"

namespace berth::runtime::init {

namespace {

constexpr unsigned kMaxArguments = 1U << 20U;

// 0 when `path` is a file that we may execute, else why not.
int check_executable(const char* path) noexcept {
  struct stat info {};
  if (::stat(path, &info) != 0) return errno;
  if (S_ISDIR(info.st_mode)) return EISDIR;
  if (::syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0) return 0;
  if (errno != ENOSYS && errno != EPERM) return errno;
  return (info.st_mode & 0111U) != 0 ? 0 : EACCES;
}

std::string_view search_path(const ProcessPlan& process) noexcept {
  for (const std::string& entry : process.env) {
    if (entry.starts_with("PATH=")) return std::string_view(entry).substr(5);
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

bool join(Executable& out, std::string_view directory, std::string_view name) noexcept {
  if (directory.size() + 1 + name.size() >= out.path.size()) return false;
  std::memcpy(out.path.data(), directory.data(), directory.size());
  out.path[directory.size()] = '/';
  std::memcpy(out.path.data() + directory.size() + 1, name.data(), name.size());
  out.path[directory.size() + 1 + name.size()] = '\0';
  return true;
}

[[noreturn]] void fail_to_find(Context& context, std::string_view name, int code) noexcept {
  const bool missing = code == ENOENT || code == ENOTDIR;
  const int exit_code = missing ? kExitNotFound : kExitNotExecutable;
  std::string_view why = "permission denied";
  if (code == EISDIR)
    why = "permission denied: is a directory";  // Docker matches the first or the last words
  if (missing) why = "no such file or directory";
  if (missing && name.find('/') == std::string_view::npos) why = "executable file not found in $PATH";
  const bool by_path = missing && name.find('/') != std::string_view::npos;
  if (code != EACCES && code != EISDIR && !missing) {
    context.report.fail_with(code, exit_code, {"exec: \"", name, "\""});
  }
  context.report.fail_with(
      0, exit_code,
      {"exec: \"", name, by_path ? "\": stat " : "\": ", by_path ? name : "", by_path ? ": " : "", why});
}

// execvp's search, but a file that may not be executed is said rather than passed over in silence.
void search(Context& context, Executable& out, std::string_view name) noexcept {
  std::string_view rest = search_path(context.plan.process);
  int denied = 0;
  while (true) {
    const auto colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    if (join(out, directory.empty() ? "." : directory, name)) {
      const int code = check_executable(out.path.data());
      if (code == 0) return;
      if (code == EACCES) denied = code;
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  fail_to_find(context, name, denied != 0 ? denied : ENOENT);
}

bool close_all_but(unsigned first, unsigned kept) noexcept {
  if (kept > first && ::syscall(SYS_close_range, first, kept - 1, 0) != 0) return false;
  return ::syscall(SYS_close_range, kept + 1, ~0U, 0) == 0;
}

}  // namespace

Executable find_executable(Context& context) noexcept {
  const ProcessPlan& process = context.plan.process;
  Executable out;
  if (process.set_home) find_home(context, out.home);
  const std::string_view name = process.args.front();
  if (name.find('/') == std::string_view::npos) {
    search(context, out, name);
    return out;
  }
  if (name.size() >= out.path.size()) fail_to_find(context, name, ENAMETOOLONG);
  std::memcpy(out.path.data(), name.data(), name.size());
  const int code = check_executable(out.path.data());
  if (code != 0) fail_to_find(context, name, code);
  return out;
}

void await_start(Context& context) noexcept {
  if (context.plan.start_listener < 0) return;
  // Perhaps for days: nothing of the launch may be held open meanwhile.
  const unsigned first_free = 3U + context.plan.process.preserved_fds;
  const int listener = ::fcntl(context.plan.start_listener, F_DUPFD_CLOEXEC, first_free);
  if (listener < 0) context.report.fail("keep the start socket");
  const int seccomp_listener = context.plan.process.seccomp_listener;  // still to be served, after `start`
  if (seccomp_listener < 0) {
    if (!close_all_but(first_free, static_cast<unsigned>(listener)))
      context.report.fail("close the launch's descriptors");
    context.forget_descriptors();
  }
  while (true) {
    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0 && errno == EINTR) continue;
    if (connection < 0) Report::vanish();
    ChildEnd caller(connection);
    if (caller.expect(FromParent::go)) {
      // Whoever started us learns of what fails from here on.
      context.report.channel().move_to(connection);
      return;
    }
    ::close(connection);  // a `start` that died half way: the next one may come
  }
}

void execute(Context& context, const Executable& executable) noexcept {
  const ProcessPlan& process = context.plan.process;
  // The last allocations of a process that is about to be replaced; the parent's memory is not shared.
  std::vector<char*> argv;
  std::vector<char*> envp;
  if (process.args.size() > kMaxArguments) context.report.fail_with(E2BIG, kExitNotExecutable, {"exec"});
  for (const std::string& argument : process.args) argv.push_back(const_cast<char*>(argument.c_str()));
  for (const std::string& entry : process.env) envp.push_back(const_cast<char*>(entry.c_str()));
  if (process.set_home) envp.push_back(const_cast<char*>(executable.home.data()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  if (::syscall(SYS_close_range, 3U + process.preserved_fds, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    context.report.fail("close the runtime's descriptors");
  ::execve(executable.path.data(), argv.data(), envp.data());
  const int code = errno;
  const int exit_code = code == ENOENT ? kExitNotFound : kExitNotExecutable;
  context.report.fail_with(code, exit_code, {"exec ", executable.path.data()});
}

}  // namespace berth::runtime::init
