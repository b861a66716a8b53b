#include "runtime/foreground.h"

#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "runtime/terminal_proxy.h"
#include "sys/event_loop.h"

namespace berth::runtime {

namespace {

// Not forwarded: news about our own children, our own faults, and what cannot be caught.
bool is_forwarded(int signal) {
  switch (signal) {
    case SIGCHLD:
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP:
    case SIGSYS:
    case SIGPIPE:
    case SIGURG:
    case SIGTTIN:
    case SIGTTOU:
      return false;
    default:
      return true;
  }
}

sigset_t held_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    if (is_forwarded(signal)) ::sigaddset(&set, signal);
  }
  return set;
}

// Orphans of the container are ours as their subreaper; `process` itself is left for the caller.
void reap_orphans(pid_t process) {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (info.si_pid == process) return;
    ::waitpid(info.si_pid, nullptr, WNOHANG);
  }
}

}  // namespace

Result<void> hold_signals() {
  const sigset_t set = held_signals();
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return Error::sys("sigprocmask");
  return {};
}

Result<sys::ExitStatus> attend(const sys::PidFd& process, UniqueFd terminal) {
  TRY_ASSIGN(const auto loop, sys::EventLoop::make());
  const sigset_t set = held_signals();
  const UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return Error::sys("signalfd");
  std::optional<TerminalProxy> proxy;
  if (terminal) {
    TRY_ASSIGN(auto made, TerminalProxy::make(*loop, std::move(terminal)));
    proxy.emplace(std::move(made));
  }
  TRY_ASSIGN(const auto signal_watch, loop->watch(signals, EPOLLIN, [&](std::uint32_t) {
    signalfd_siginfo info{};
    while (::read(signals.get(), &info, sizeof info) == sizeof info) {
      const int signal = static_cast<int>(info.ssi_signo);
      if (signal == SIGCHLD) {
        reap_orphans(process.pid());
      } else if (signal == SIGWINCH && proxy) {
        proxy->resize();
      } else {
        ignore(process.send_signal(signal));
      }
    }
  }));
  TRY_ASSIGN(const auto exit_watch, loop->watch(process.fd(), EPOLLIN, [&](std::uint32_t) { loop->stop(); }));
  TRY(loop->run());
  if (proxy) proxy->drain();
  TRY_ASSIGN(const auto status, process.reap(true));
  return *status;
}

}  // namespace berth::runtime
