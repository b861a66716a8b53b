#include "engine/attach.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "contract/attach_frame.h"
#include "contract/ctl_message.h"
#include "engine/detach_keys.h"
#include "engine/terminal.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::engine {

namespace {

constexpr std::array<int, 8> kProxied = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                         SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

sigset_t proxied_set() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : kProxied) ::sigaddset(&set, signal);
  return set;
}

// One attached session: three descriptors to wait for, and what each brings.
class Session {
 public:
  Session(const RunDir& run_dir, UniqueFd socket, const sys::PidFd& process, const AttachOptions& options)
      : run_dir_(run_dir),
        socket_(std::move(socket)),
        process_(process),
        options_(options),
        filter_(options.terminal ? options.detach_keys : std::string()),
        reading_(options.input) {}

  Result<AttachEnd> run() {
    std::optional<RawTerminal> raw;
    if (options_.terminal && options_.input && is_terminal(STDIN_FILENO)) {
      TRY_ASSIGN(auto entered, RawTerminal::enter(STDIN_FILENO));
      raw.emplace(std::move(entered));
    }
    if (options_.terminal) send_terminal_size(run_dir_);
    TRY(open_signals());
    while (true) {
      TRY_ASSIGN(const auto end, step());
      if (end) return *end;
    }
  }

 private:
  Result<void> open_signals() {
    const sigset_t set = proxied_set();
    signals_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) return Error::sys("signalfd");
    return {};
  }

  Result<std::optional<AttachEnd>> step() {
    std::array<pollfd, 3> polls = {{{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                                    {.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                    {.fd = reading_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}}};
    if (::poll(polls.data(), polls.size(), -1) < 0) {
      if (errno == EINTR) return std::optional<AttachEnd>();
      return Error::sys("poll");
    }
    if (polls[1].revents != 0) pass_signals();
    if (polls[0].revents != 0) {
      TRY_ASSIGN(const bool open, take_output());
      if (!open) return std::optional(AttachEnd::container_ended);
    }
    if (polls[2].revents != 0) TRY(take_input());
    if (filter_.detached()) return std::optional(AttachEnd::detached);
    return std::optional<AttachEnd>();
  }

  // One packet; false at the end.
  Result<bool> take_output() {
    std::array<char, contract::kAttachPayload + 1> buffer{};
    auto count = sys::read_some(socket_, buffer.data(), buffer.size());
    if (!count && (count.error().is(ECONNRESET) || count.error().is(EPIPE))) return false;
    if (!count) return std::move(count).error();
    if (*count == 0) return false;
    const auto frame = contract::parse_attach_frame({buffer.data(), *count});
    if (!frame) return true;
    // Our own reader may be gone: the container goes on all the same, as when nobody is attached.
    const int target = frame->stream == contract::AttachStream::err ? STDERR_FILENO : STDOUT_FILENO;
    ignore(sys::write_all(FdRef(target), frame->data));
    return true;
  }

  Result<void> take_input() {
    std::array<char, contract::kAttachInput> buffer{};
    auto count = sys::read_some(FdRef(STDIN_FILENO), buffer.data(), buffer.size());
    if (!count && (count.error().is(EAGAIN) || count.error().is(EINTR))) return {};
    if (!count || *count == 0) {
      reading_ = false;
      ::shutdown(socket_.get(), SHUT_WR);
      return {};
    }
    const std::string bytes = filter_.pass({buffer.data(), *count});
    if (bytes.empty()) return {};
    auto sent = sys::send(socket_, bytes);
    if (!sent) reading_ = false;  // the container has closed its stdin, or ended: its output says so
    return {};
  }

  void pass_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGWINCH) {
        if (options_.terminal) send_terminal_size(run_dir_);
      } else if (options_.proxy_signals) {
        ignore(process_.send_signal(static_cast<int>(info.ssi_signo)));
      }
    }
  }

  const RunDir& run_dir_;
  UniqueFd socket_;
  const sys::PidFd& process_;
  AttachOptions options_;
  DetachFilter filter_;
  UniqueFd signals_;
  bool reading_;
};

}  // namespace

void hold_proxied_signals() {
  const sigset_t set = proxied_set();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  // A reader of our output that ends (`berth logs | head`) is told by EPIPE.
  ::signal(SIGPIPE, SIG_IGN);
}

Result<UniqueFd> connect_attach(const RunDir& run_dir) {
  return sys::connect_socket(run_dir.attach_socket(), SOCK_SEQPACKET);
}

Result<AttachEnd> attach(const RunDir& run_dir, UniqueFd socket, const sys::PidFd& process,
                         const AttachOptions& options) {
  hold_proxied_signals();
  return Session(run_dir, std::move(socket), process, options).run();
}

namespace {

void tell_monitor(const RunDir& run_dir, const contract::CtlMessage& message) {
  // Without a reader O_NONBLOCK fails: the monitor is gone, and so is the need.
  const auto fifo = sys::open(run_dir.control_fifo(), O_WRONLY | O_NONBLOCK);
  if (fifo) ignore(sys::write_all(*fifo, contract::to_line(message)));
}

}  // namespace

void send_terminal_size(const RunDir& run_dir) {
  const auto size = terminal_size(STDIN_FILENO);
  if (!size) return;
  tell_monitor(run_dir, {.type = contract::CtlType::resize, .rows = size->rows, .columns = size->columns});
}

void tell_monitor_ready(const RunDir& run_dir) {
  tell_monitor(run_dir, {.type = contract::CtlType::ready});
}

}  // namespace berth::engine
