#include "systemd/embedded_manager.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "sys/child.h"
#include "sys/event_loop.h"
#include "sys/file.h"
#include "systemd/notify_host.h"

namespace berth::systemd {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kKillDelay = std::chrono::seconds(5);

class Manager {
 public:
  Manager(const EmbeddedManagerOptions& options, NotifyHost host, std::unique_ptr<sys::EventLoop> loop)
      : options_(options), host_(std::move(host)), loop_(std::move(loop)) {}

  Result<int> run();

 private:
  Result<void> start();
  Result<void> watch();
  Result<void> watch_signals();
  void read_messages();
  void hear(const HeardNotification& heard);
  void note_exit();
  void time_out();
  void reach_goal();
  void print(std::string_view text);
  [[nodiscard]] std::string_view goal_text() const {
    return options_.goal == ManagerGoal::stopping ? "STOPPING=1" : "READY=1";
  }
  [[nodiscard]] int exit_code() const;

  const EmbeddedManagerOptions& options_;
  NotifyHost host_;
  std::unique_ptr<sys::EventLoop> loop_;
  Clock::time_point begin_ = Clock::now();
  std::optional<sys::Child> command_;
  std::optional<sys::ExitStatus> status_;
  bool reached_ = false;
  bool timed_out_ = false;
  std::vector<sys::EventLoop::Handle> handles_;
  sys::EventLoop::Handle deadline_;
};

Error with_exec_code(Error error) {
  const int code = error.is(ENOENT) ? kExitNotFound : kExitNotExecutable;
  return std::move(error).with_exit_code(code);
}

Result<void> Manager::start() {
  sys::SpawnOptions spawn;
  spawn.argv = options_.argv;
  spawn.environment = {concat("NOTIFY_SOCKET=", host_.socket_path())};
  spawn.stdin_fd = STDIN_FILENO;
  spawn.stdout_fd = STDOUT_FILENO;
  auto child = sys::Child::spawn(spawn);
  if (!child) return with_exec_code(std::move(child).error());
  command_.emplace(std::move(*child));
  print(concat("started pid ", command_->pid(), ": ", join(options_.argv, " ")));
  return {};
}

Result<void> Manager::watch() {
  TRY_ASSIGN(auto messages, loop_->watch(host_.fd(), EPOLLIN, [this](std::uint32_t) { read_messages(); }));
  TRY_ASSIGN(auto exit,
             loop_->watch(command_->process().fd(), EPOLLIN, [this](std::uint32_t) { note_exit(); }));
  handles_.push_back(std::move(messages));
  handles_.push_back(std::move(exit));
  if (options_.timeout) {
    TRY_ASSIGN(deadline_, loop_->after(*options_.timeout, [this] { time_out(); }));
  }
  return {};
}

// Before the command starts, so that no signal of ours is lost; the child gets an empty mask back.
Result<void> Manager::watch_signals() {
  const auto pass_on = [this](const signalfd_siginfo& info) {
    if (command_) ignore(command_->process().send_signal(static_cast<int>(info.ssi_signo)));
  };
  TRY_ASSIGN(auto handle, loop_->on_signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT}, pass_on));
  handles_.push_back(std::move(handle));
  return {};
}

void Manager::read_messages() {
  while (true) {
    auto heard = host_.receive();
    if (!heard) return log::warning("notify exec: ", heard.error().to_string());
    if (!heard->has_value()) return;
    hear(**heard);
  }
}

void Manager::hear(const HeardNotification& heard) {
  print(heard.to_string());
  const NotifyMessage& message = heard.parsed.message;
  const bool is_goal = (options_.goal == ManagerGoal::ready && message.has(NotifyKey::ready)) ||
                       (options_.goal == ManagerGoal::stopping && message.has(NotifyKey::stopping));
  if (is_goal && !timed_out_) reach_goal();
}

void Manager::reach_goal() {
  reached_ = true;
  loop_->stop();
}

void Manager::note_exit() {
  read_messages();  // its last words, before its end
  auto status = command_->wait();
  command_.reset();
  if (status) {
    status_ = *status;
    print(status->signal != 0 ? concat("killed by signal ", status->signal)
                              : concat("exited ", status->exit_code));
  }
  loop_->stop();
}

void Manager::time_out() {
  timed_out_ = true;
  print("timeout: stopping the command");
  ignore(command_->process().send_signal(SIGTERM));
  auto kill = loop_->after(kKillDelay, [this] { ignore(command_->process().send_signal(SIGKILL)); });
  if (kill) {
    deadline_ = std::move(*kill);
  } else {
    ignore(command_->process().send_signal(SIGKILL));
  }
}

void Manager::print(std::string_view text) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_).count();
  const std::string fraction = concat(1000 + elapsed % 1000).substr(1);
  const std::string whole = concat(elapsed / 1000);
  const std::string pad(std::max<std::size_t>(whole.size(), 5) - whole.size(), ' ');
  ignore(sys::write_all(FdRef(STDOUT_FILENO),
                        concat(pad, whole, '.', fraction, "s  ", escape_control(text), '\n')));
}

int Manager::exit_code() const {
  if (timed_out_) return kExitTimedOut;
  if (reached_) return 0;
  const int code = status_ ? status_->code() : kExitOurs;
  return code == 0 && options_.goal != ManagerGoal::exit ? 1 : code;
}

Result<int> Manager::run() {
  TRY(watch_signals());
  TRY(start());
  TRY(watch());
  TRY(loop_->run());
  if (reached_ && command_) {
    const sys::PidFd command = std::move(*command_).release();  // it runs on; init reaps it
    TRY(std::move(host_).serve_in_background(command));
  } else if (!reached_ && !timed_out_ && options_.goal != ManagerGoal::exit) {
    log::error("notify exec: the command ended before it sent ", goal_text());
  }
  return exit_code();
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

}  // namespace

Result<ManagerGoal> parse_manager_goal(std::string_view text) {
  if (same_letters(text, "ready")) return ManagerGoal::ready;
  if (same_letters(text, "stopping")) return ManagerGoal::stopping;
  if (same_letters(text, "exit")) return ManagerGoal::exit;
  return Error::invalid("--until", concat("expected READY, STOPPING or exit, found \"", text, '"'));
}

Result<int> run_embedded_manager(const EmbeddedManagerOptions& options) {
  // Whoever read what we print may have seen enough; the command still has a manager. (It gets the default back.)
  ::signal(SIGPIPE, SIG_IGN);
  TRY_ASSIGN(NotifyHost host, NotifyHost::make());
  TRY_ASSIGN(auto loop, sys::EventLoop::make());
  Manager manager(options, std::move(host), std::move(loop));
  return manager.run();
}

}  // namespace berth::systemd
