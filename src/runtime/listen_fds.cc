#include "runtime/listen_fds.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "runtime/payload_pid.h"
#include "systemd/unit_environment.h"

namespace berth::runtime {

namespace {

bool speaks_of_them(const spec::Config& config) {
  const auto& env = config.process.env;
  return std::any_of(env.begin(), env.end(),
                     [](const auto& entry) { return entry.starts_with("LISTEN_FDS="); });
}

// A number that nobody left open may be one of our own by now, which must not get into a container.
Result<void> check_left_open(unsigned count) {
  for (int fd = systemd::kFirstListenFd; fd < systemd::kFirstListenFd + static_cast<int>(count); ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0)
      return Error::with_errno(EBADF, "LISTEN_FDS", concat("descriptor ", fd));
  }
  return {};
}

}  // namespace

Result<unsigned> add_listen_fds(spec::Config& config) {
  if (::getenv("LISTEN_FDS") == nullptr || speaks_of_them(config)) return 0U;
  const auto unit = systemd::read_unit_environment(environ, ::getpid());
  if (!unit.listen) return 0U;
  TRY(check_left_open(unit.listen->count));
  const auto pid = payload_pid(config);
  if (!pid)
    log::warning(
        "LISTEN_PID cannot be told in the host's pid namespace: the payload must know its descriptors");
  for (std::string& variable : systemd::listen_environment(*unit.listen, pid))
    config.process.env.push_back(std::move(variable));
  return unit.listen->count;
}

}  // namespace berth::runtime
