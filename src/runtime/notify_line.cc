#include "runtime/notify_line.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "runtime/payload_pid.h"
#include "sys/event_loop.h"
#include "sys/file.h"
#include "sys/unix_socket.h"
#include "systemd/notify_client.h"
#include "systemd/notify_proxy.h"
#include "systemd/unit_environment.h"

namespace berth::runtime {

namespace {

constexpr int kPatienceMs = 5000;
constexpr auto kLastWords = std::chrono::milliseconds(500);

bool has_notify_socket(const spec::Config& config) {
  const auto& env = config.process.env;
  return std::any_of(env.begin(), env.end(),
                     [](const auto& entry) { return entry.starts_with("NOTIFY_SOCKET="); });
}

void add_to(spec::Config& config, const systemd::UnitEnvironment& unit, const std::string& directory) {
  config.mounts.push_back({.destination = std::string(kNotifyDirectory),
                           .type = "bind",
                           .source = directory,
                           .options = {"bind", "ro", "nosuid", "nodev", "noexec"}});
  systemd::PayloadLine line;
  line.notify_socket = concat(kNotifyDirectory, "/notify.sock");
  line.listen = false;
  line.pid = payload_pid(config);
  for (std::string& variable : systemd::payload_environment(unit, line))
    config.process.env.push_back(std::move(variable));
}

// Only the socket and the pidfd stay open: whoever waits for the end of a pipe of ours must see it. The stop signals of
// the unit are not for us: the payload's last words come after them.
void become_background(int socket, int pidfd) noexcept {
  ::setsid();
  [[maybe_unused]] const int moved = ::chdir("/");  // no file system is kept busy
  sigset_t stops;
  ::sigemptyset(&stops);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&stops, signal);
  ::sigprocmask(SIG_SETMASK, &stops, nullptr);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; ++fd) ::dup2(null, fd);
  const auto low = static_cast<unsigned>(std::min(socket, pidfd));
  const auto high = static_cast<unsigned>(std::max(socket, pidfd));
  if (low > 3) ::close_range(3, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

}  // namespace

Result<std::optional<NotifyLine>> NotifyLine::prepare(const std::string& state_dir, spec::Config& config) {
  if (has_notify_socket(config)) return std::optional<NotifyLine>();
  const auto unit = systemd::read_unit_environment(environ, ::getpid());
  for (const std::string& problem : unit.problems) log::warning(problem);
  if (!unit.notify_socket) return std::optional<NotifyLine>();
  const std::string directory = notify_directory(state_dir);
  TRY(sys::make_directory(directory, 0755));
  TRY_ASSIGN(UniqueFd socket,
             sys::bind_socket(concat(directory, "/notify.sock"), SOCK_DGRAM | SOCK_NONBLOCK, 0777));
  add_to(config, unit, directory);
  return std::optional(NotifyLine(std::move(socket), *unit.notify_socket));
}

Result<void> NotifyLine::serve(const sys::PidFd& init, bool detached) && {
  const pid_t child = ::fork();
  if (child < 0) return Error::sys("fork");
  if (child == 0) {
    if (::fork() == 0) serve_until_end(init);  // nobody of ours waits for it
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  if (!detached) return {};
  TRY(systemd::send_notification(host_, concat("MAINPID=", init.pid()), {}, kPatienceMs));
  return systemd::notify_barrier(host_, kPatienceMs);
}

void NotifyLine::serve_until_end(const sys::PidFd& init) noexcept {
  become_background(socket_.get(), init.fd().get());
  auto loop = sys::EventLoop::make();
  if (!loop) ::_exit(1);
  systemd::NotifyProxy::Options options;
  options.socket = std::move(socket_);
  options.host = std::move(host_);
  auto proxy = systemd::NotifyProxy::start(**loop, std::move(options), {});
  auto end = (*loop)->watch(init.fd(), EPOLLIN, [&](std::uint32_t) { (*loop)->stop(); });
  if (!proxy || !end) ::_exit(1);
  (*proxy)->set_container(init.pid(), systemd::membership_of(init.pid()));
  ignore((*loop)->run());
  (*proxy)->finish(kLastWords);
  ::_exit(0);
}

}  // namespace berth::runtime
