#include "monitor/detach.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::monitor {

namespace {

Result<void> write_pid_file(const std::string& path, pid_t pid) {
  if (path.empty()) return {};
  return sys::replace_file(path, concat(pid), 0644);
}

}  // namespace

Result<void> leave_caller(const contract::MonitorOptions& options) {
  if (options.sync) return write_pid_file(options.monitor_pid_file, ::getpid());
  const pid_t child = ::fork();
  if (child < 0) return Error::sys("fork");
  if (child == 0) return {};
  const auto written = write_pid_file(options.monitor_pid_file, child);
  // Nothing of ours is to run twice (destructors remove sockets and files).
  ::_exit(written ? 0 : 1);
}

void release_stdio(const contract::MonitorOptions& options) {
  const auto null = sys::open("/dev/null", O_RDWR);
  if (!null) return;
  ::dup2(null->get(), STDIN_FILENO);
  ::dup2(null->get(), STDOUT_FILENO);
  if (!options.sync) ::dup2(null->get(), STDERR_FILENO);
}

Result<void> leave_session(const contract::MonitorOptions& options, bool passthrough) {
  if (!passthrough) release_stdio(options);
  ::setsid();  // EPERM: we lead one already
  // A caller that closed its pipes must not end us.
  if (::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return Error::sys("signal(SIGPIPE)");
  return {};
}

}  // namespace berth::monitor
