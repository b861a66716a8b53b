#include "monitor/host_check.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"
#include "systemd/notify_access.h"

namespace berth::monitor {

namespace {

// What cannot be asked (an older manager, one that denies us) is no refusal.
std::string find_refusal(pid_t sender) {
  auto bus = systemd::ManagerBus::connect(HostCheck::kAnswerBound);
  if (!bus) return {};
  const auto access = systemd::ask_notify_access(*bus, sender);
  return access ? systemd::refusal(*access, sender) : std::string();
}

// Holds nothing of the container's open while it asks.
[[noreturn]] void answer(pid_t sender, int pipe) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != sender) ::_exit(0);
  if (::dup2(pipe, STDIN_FILENO) < 0) ::_exit(0);
  ::close_range(STDOUT_FILENO, ~0U, 0);
  const std::string words = find_refusal(sender);
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
  if (size && *size > 0) say_(std::string(words.data(), *size));
}

}  // namespace berth::monitor
