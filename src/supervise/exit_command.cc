#include "supervise/exit_command.h"

#include <ctime>

#include "base/log.h"
#include "sys/child.h"

namespace berth::supervise {

void run_exit_command(const ExitCommand& command, std::chrono::milliseconds patience) {
  if (command.program.empty()) return;
  if (command.delay.count() > 0) {
    timespec left{.tv_sec = command.delay.count(), .tv_nsec = 0};
    while (::nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
  }
  std::vector<std::string> argv = {command.program};
  argv.insert(argv.end(), command.args.begin(), command.args.end());
  // From its first instruction on: the stop of a unit reaches all of its processes, and this one clears away.
  auto child = sys::Child::spawn({.argv = std::move(argv), .stderr_fd = -1, .ignore_stop_signals = true});
  if (!child) return log::error("exit command: ", child.error().to_string());
  const auto ended = child->process().wait_exit(static_cast<int>(patience.count()));
  if (!ended || !*ended) {
    log::error("exit command: ", command.program, " still runs, left alone");
    static_cast<void>(std::move(*child).release());
    return;
  }
  const auto status = child->wait();
  if (status && status->code() != 0)
    log::warning("exit command: ", command.program, " ended with ", status->code());
}

}  // namespace berth::supervise
