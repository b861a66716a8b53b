#include "systemd/notify_host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::systemd {

namespace {

// Others may pass through (the command may run as another user), but cannot list the name.
constexpr mode_t kPassableDirectory = 0711;

Result<std::string> make_private_directory() {
  const char* runtime = ::getenv("XDG_RUNTIME_DIR");
  Error last;
  for (const char* parent : {runtime, "/tmp", "/run", "/dev/shm"}) {
    if (parent == nullptr || *parent != '/') continue;
    std::string path = concat(parent, "/berth-notify-XXXXXX");
    if (::mkdtemp(path.data()) != nullptr) {
      ::chmod(path.c_str(), kPassableDirectory);
      return path;
    }
    last = Error::sys("mkdtemp", path);
  }
  return last;
}

std::string command_of(pid_t pid) {
  const auto comm = sys::read_file(concat("/proc/", pid, "/comm"));
  return comm ? std::string(trim(*comm)) : std::string();
}

std::string describe_fd(const UniqueFd& fd) {
  return sys::read_link(concat("/proc/self/fd/", fd.get())).value_or(concat("descriptor ", fd.get()));
}

// Whoever reads our output must see its end when the command closes it.
void let_go_of_stdio() noexcept {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; ++fd) ::dup2(null, fd);
}

NotifyDrop drop_reason(const sys::Message& datagram, NotifyDrop parsed) {
  if (datagram.truncated) return NotifyDrop::too_long;
  return datagram.fds_truncated ? NotifyDrop::lost_descriptors : parsed;
}

}  // namespace

std::string HeardNotification::to_string() const {
  std::string line = pid == 0 ? std::string("pid ?") : concat("pid ", pid);
  append(line, " uid ", uid, " (", command.empty() ? "ended" : command, ')');
  if (parsed.dropped != NotifyDrop::none) append(line, "  dropped: ", describe(parsed.dropped));
  for (const NotifyAssignment& assignment : parsed.message.assignments()) {
    const std::string_view value = assignment.value;
    append(line, "  ", assignment.name, '=', is_valid_utf8(value) ? value : "(not UTF-8)");
  }
  if (!fds.empty())
    append(line, "  ", fds.size(), fds.size() == 1 ? " descriptor: " : " descriptors: ", join(fds, ", "));
  return escape_control(line);
}

Result<NotifyHost> NotifyHost::make() {
  TRY_ASSIGN(std::string directory, make_private_directory());
  NotifyHost host(std::move(directory));
  TRY_ASSIGN(host.socket_, sys::bind_socket(host.socket_path(), SOCK_DGRAM | SOCK_NONBLOCK, 0777));
  TRY(sys::receive_credentials(host.socket_));
  return host;
}

NotifyHost::NotifyHost(NotifyHost&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), socket_(std::move(other.socket_)) {}

NotifyHost::~NotifyHost() {
  if (!directory_.empty()) ignore(sys::remove_tree(directory_));
}

Result<std::optional<HeardNotification>> NotifyHost::receive() {
  auto datagram = sys::receive(socket_, kMaxNotification, MSG_DONTWAIT);
  if (!datagram && datagram.error().is(EAGAIN)) return std::optional<HeardNotification>();
  if (!datagram) return std::move(datagram).error();
  HeardNotification heard;
  heard.parsed = NotifyMessage::parse(datagram->data);
  heard.parsed.dropped = drop_reason(*datagram, heard.parsed.dropped);
  if (heard.parsed.dropped != NotifyDrop::none) heard.parsed.message = {};
  if (datagram->credentials) {
    heard.pid = datagram->credentials->pid;
    heard.uid = datagram->credentials->uid;
    heard.command = heard.pid > 0 ? command_of(heard.pid) : "";
  }
  for (const UniqueFd& fd : datagram->fds) heard.fds.push_back(describe_fd(fd));
  heard.owned = std::move(datagram->fds);
  return std::optional(std::move(heard));
}

Result<void> NotifyHost::serve_in_background(const sys::PidFd& command) && {
  const pid_t child = ::fork();
  if (child < 0) return Error::sys("fork");
  if (child > 0) {
    directory_.clear();  // it is the child's to remove
    socket_.reset();
    return {};
  }
  ::setsid();
  let_go_of_stdio();
  std::array<pollfd, 2> polls = {{{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                                  {.fd = command.fd().get(), .events = POLLIN, .revents = 0}}};
  while (polls[1].revents == 0) {
    if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) break;
    if (polls[0].revents != 0) ignore(receive());  // what it holds is closed at once
  }
  ignore(sys::remove_tree(directory_));
  ::_exit(0);
}

}  // namespace berth::systemd
