#include "supervise/reaper.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>

namespace berth::supervise {

Result<std::unique_ptr<Reaper>> Reaper::start(sys::EventLoop& loop) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return Error::sys("prctl(PR_SET_CHILD_SUBREAPER)");
  std::unique_ptr<Reaper> reaper(new Reaper);
  TRY_ASSIGN(reaper->signal_,
             loop.on_signals({SIGCHLD}, [raw = reaper.get()](const signalfd_siginfo&) { raw->reap(); }));
  return reaper;
}

void Reaper::reap() noexcept {
  if (held_) return;
  while (true) {
    siginfo_t info{};
    // WNOWAIT: looks without taking. The spared one ends the round; it is about to be taken by its owner, and
    // the signal or the next call comes back for those behind it.
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return;
    if (info.si_pid == spared_) return;
    ::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
  }
}

}  // namespace berth::supervise
