#include "engine/exec_session.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "engine/detach_keys.h"
#include "engine/terminal.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::engine {

namespace {

constexpr int kDrainMs = 200;  // for what a process said just before its end

Result<UniqueFd> open_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH}) {
    ::sigaddset(&set, signal);
  }
  UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return Error::sys("signalfd");
  return fd;
}

// The number of the next signal; 0 when there is none.
int next_signal(const UniqueFd& signals) {
  signalfd_siginfo info{};
  const bool got = ::read(signals.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info);
  return got ? static_cast<int>(info.ssi_signo) : 0;
}

Result<UniqueFd> receive_pty(const UniqueFd& console) {
  TRY_ASSIGN(const auto connection, sys::accept_socket(console));
  TRY_ASSIGN(auto message, sys::receive(connection, 4096));
  if (message.fds.size() != 1) return Error::message("the OCI runtime sent no terminal", EPROTO);
  return std::move(message.fds.front());
}

void copy_size(const UniqueFd& pty) {
  const auto size = terminal_size(STDIN_FILENO);
  if (!size) return;
  const winsize window{.ws_row = size->rows, .ws_col = size->columns, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(pty.get(), TIOCSWINSZ, &window);
}

class Relay {
 public:
  Relay(const UniqueFd& pty, const sys::PidFd& process, bool input, const std::string& keys)
      : pty_(pty), process_(process), filter_(keys), reading_(input) {}

  Result<AttachEnd> run() {
    TRY_ASSIGN(signals_, open_signals());
    while (true) {
      std::array<pollfd, 4> polls = {
          {{.fd = pty_.get(), .events = POLLIN, .revents = 0},
           {.fd = signals_.get(), .events = POLLIN, .revents = 0},
           {.fd = reading_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
           {.fd = ended_ ? -1 : process_.fd().get(), .events = POLLIN, .revents = 0}}};
      const int ready = ::poll(polls.data(), polls.size(), ended_ ? kDrainMs : -1);
      if (ready < 0 && errno != EINTR) return Error::sys("poll");
      if (ready == 0) return AttachEnd::container_ended;  // a descendant keeps the pty open, but says nothing
      if (polls[0].revents != 0 && !take_output()) return AttachEnd::container_ended;
      if (polls[1].revents != 0) take_signals();
      if (polls[2].revents != 0) take_input();
      if (polls[3].revents != 0) ended_ = true;
      if (filter_.detached()) return AttachEnd::detached;
    }
  }

 private:
  bool take_output() {
    std::array<char, 8192> buffer{};
    const auto count = sys::read_some(pty_, buffer.data(), buffer.size());
    if (!count || *count == 0) return false;  // EIO: nobody has the other side open
    ignore(sys::write_all(FdRef(STDOUT_FILENO), {buffer.data(), *count}));
    return true;
  }
  void take_input() {
    std::array<char, 4096> buffer{};
    const auto count = sys::read_some(FdRef(STDIN_FILENO), buffer.data(), buffer.size());
    if (!count || *count == 0) {
      reading_ = false;
      ignore(sys::write_all(pty_, "\x04"));  // what a terminal sends at the end of input
      return;
    }
    ignore(sys::write_all(pty_, filter_.pass({buffer.data(), *count})));
  }
  void take_signals() {
    while (const int signal = next_signal(signals_)) {
      if (signal == SIGWINCH) {
        copy_size(pty_);
      } else {
        ignore(process_.send_signal(signal));
      }
    }
  }

  const UniqueFd& pty_;
  const sys::PidFd& process_;
  DetachFilter filter_;
  UniqueFd signals_;
  bool reading_;
  bool ended_ = false;
};

}  // namespace

Result<void> pass_signals_until_exit(const sys::PidFd& process) {
  TRY_ASSIGN(const auto signals, open_signals());
  while (true) {
    std::array<pollfd, 2> polls = {{{.fd = process.fd().get(), .events = POLLIN, .revents = 0},
                                    {.fd = signals.get(), .events = POLLIN, .revents = 0}}};
    if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) return Error::sys("poll");
    if (polls[0].revents != 0) return {};
    while (const int signal = next_signal(signals)) {
      if (signal != SIGWINCH) ignore(process.send_signal(signal));
    }
  }
}

Result<AttachEnd> relay_terminal(const UniqueFd& console, const sys::PidFd& process, bool input,
                                 const std::string& detach_keys) {
  TRY_ASSIGN(const auto pty, receive_pty(console));
  std::optional<RawTerminal> raw;
  if (input && is_terminal(STDIN_FILENO)) {
    TRY_ASSIGN(auto entered, RawTerminal::enter(STDIN_FILENO));
    raw.emplace(std::move(entered));
  }
  copy_size(pty);
  return Relay(pty, process, input, detach_keys).run();
}

}  // namespace berth::engine
