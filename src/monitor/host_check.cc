#include "monitor/host_check.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/log.h"
#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"
#include "systemd/notify_access.h"

namespace berth::monitor {

namespace {

// What the copy says when it has no answer. That is no refusal.
constexpr char kNotAsked = '!';

bool is_passing(const Error& error) noexcept {
  return !error.is(ENOENT) && !error.is(EACCES) && !error.is(EPERM);  // no manager, or one that denies us
}

// The refusal in words, or nothing.
Result<std::string> find_refusal(pid_t sender) {
  TRY_ASSIGN(auto bus, systemd::ManagerBus::connect(HostCheck::kAnswerBound));
  TRY_ASSIGN(const auto access, systemd::ask_notify_access(bus, sender));
  return systemd::refusal(access, sender);
}

// A manager that is busy, or that is executing itself anew, is asked again.
Result<std::string> find_refusal_patiently(pid_t sender) {
  auto found = find_refusal(sender);
  for (int more = HostCheck::kAttempts - 1; more > 0 && !found && is_passing(found.error()); --more) {
    const timespec pause{.tv_sec = std::chrono::seconds(HostCheck::kAttemptPause).count(), .tv_nsec = 0};
    ::nanosleep(&pause, nullptr);
    found = find_refusal(sender);
  }
  return found;
}

// Holds nothing of the container's open while it asks.
[[noreturn]] void answer(pid_t sender, int pipe) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != sender) ::_exit(0);
  if (::dup2(pipe, STDIN_FILENO) < 0) ::_exit(0);
  ::close_range(STDOUT_FILENO, ~0U, 0);
  const auto refusal = find_refusal_patiently(sender);
  const std::string words = refusal ? *refusal : concat(kNotAsked, refusal.error().to_string());
  [[maybe_unused]] const ssize_t written = ::write(STDIN_FILENO, words.data(), words.size());
  ::_exit(0);
}

}  // namespace

void HostCheck::begin() {
  if (begun_ || !proxy_.state().host_is_ready) return;
  begun_ = true;
  const auto asked = proxy_.verify_host(kReadBound, [this](bool heard) {
    if (heard) return ask_manager();
    say_(concat("the service manager at ", host_.to_string(), " has not read READY=1 within ",
                std::chrono::seconds(kReadBound).count(), " s"));
  });
  if (!asked) say_(asked.error().to_string());
}

void HostCheck::ask_manager() {
  if (!systemd::is_managers_socket(host_)) return;
  auto pipe = sys::Pipe::make();
  if (!pipe) return;
  auto watch = loop_.watch(pipe->read_end, EPOLLIN, [this](std::uint32_t) { hear(); });
  if (!watch) return;
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) answer(self, pipe->write_end.get());
  if (child < 0) return;
  answer_ = std::move(pipe->read_end);
  answered_ = std::move(*watch);
}

void HostCheck::hear() {
  std::array<char, 512> words;
  const auto size = sys::read_some(answer_, words.data(), words.size());
  answered_.reset();
  answer_.reset();
  if (!size || *size == 0) return;
  const std::string_view answer(words.data(), *size);
  if (answer.front() == kNotAsked)
    return log::info("sd_notify: whether systemd hears us is unknown: ", answer.substr(1));
  say_(std::string(answer));
}

}  // namespace berth::monitor
