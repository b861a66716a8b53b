#include "monitor/session.h"

#include <unistd.h>

#include <ctime>

#include "base/log.h"
#include "cgroup/tree.h"
#include "monitor/runtime_run.h"
#include "supervise/exit_record.h"
#include "sys/file.h"

namespace berth::monitor {

namespace {

// How long the host may take to read the payload's last words to it.
constexpr auto kNotifyGrace = std::chrono::milliseconds(500);
// What the runtime sent on the console socket is there when it has ended, or never comes.
constexpr auto kConsoleGrace = std::chrono::milliseconds(500);
constexpr int kConsolePollMs = 100;
// How long a payload whose time is up may take to die of SIGKILL.
constexpr int kKillGraceMs = 10'000;
// An exit status that could not be written (a full disk) is tried again this often, 100 ms apart.
constexpr int kRecordRetries = 50;
constexpr std::string_view kTimedOut = "command timed out";

std::string below(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string() : concat(directory, '/', name);
}

supervise::ExitPlaces exit_places(const contract::MonitorOptions& options) {
  return {.exit_file = below(options.exit_dir, options.cid),
          .persist_file = below(options.persist_dir, "exit")};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const contract::MonitorOptions& options,
                                               supervise::LogDrivers logs, CallerPipes pipes) {
  TRY_ASSIGN(auto loop, sys::EventLoop::make());
  std::unique_ptr<Session> session(new Session(options, std::move(loop), std::move(logs), std::move(pipes)));
  TRY_ASSIGN(session->reaper_, supervise::Reaper::start(*session->loop_));
  TRY_ASSIGN(session->signals_, supervise::SignalRelay::start(*session->loop_, options.stop_signal));
  return session;
}

Session::Session(const contract::MonitorOptions& options, std::unique_ptr<sys::EventLoop> loop,
                 supervise::LogDrivers logs, CallerPipes pipes)
    : options_(options),
      loop_(std::move(loop)),
      logs_(std::move(logs)),
      pipes_(std::move(pipes)),
      key_(contract::sync_key(options.api_version, options.exec)) {}

Session::~Session() {
  if (!socket_link_.empty()) ignore(sys::remove_file(socket_link_));
}

Result<void> Session::open_doors() {
  input_ = std::make_unique<supervise::StdinWriter>(*loop_);
  TRY(open_streams());
  if (!options_.seccomp_notify_socket.empty()) {
    TRY_ASSIGN(seccomp_, SeccompSocket::listen(*loop_, options_.seccomp_notify_socket,
                                               options_.seccomp_notify_plugins));
  }
  // An exec session without a bundle (the first exec API) has no place for a socket.
  if (!options_.bundle.empty()) {
    TRY(open_attach());
    TRY(open_control());
  }
  return open_notify();
}

Result<void> Session::open_streams() {
  if (logs_.passthrough) return {};
  TRY_ASSIGN(streams_, supervise::StdioStreams::make(options_.stdin_open, options_.terminal));
  if (options_.terminal) {
    TRY_ASSIGN(console_,
               supervise::Console::listen(*loop_, [this](UniqueFd pty) { take_console(std::move(pty)); }));
  } else if (streams_.input) {
    input_->open(std::move(streams_.input));
  } else {
    input_->close();  // what clients send goes nowhere
  }
  return {};
}

void Session::take_console(UniqueFd pty) {
  auto input = sys::dup(pty);
  auto output = sys::dup(pty);
  if (!input || !output) return log::error("no descriptor left for the terminal");
  input_->open(std::move(*input));
  streams_.output = std::move(*output);
  pty_ = std::move(pty);
}

Result<void> Session::open_attach() {
  TRY(link_socket_directory());
  TRY_ASSIGN(attach_, supervise::AttachServer::start(
                          *loop_, *input_,
                          {.socket_path = below(options_.bundle, contract::kAttachSocketName),
                           .end_input_with_client = options_.stdin_open && !options_.leave_stdin_open}));
  return {};
}

// The bundle's path may be too long for a socket address; clients use SOCKET_DIR/CUUID/attach.
Result<void> Session::link_socket_directory() {
  if (options_.full_attach) return {};
  socket_link_ = below(options_.socket_dir_path, options_.cuuid);
  TRY(sys::remove_file(socket_link_));
  if (::symlink(options_.bundle.c_str(), socket_link_.c_str()) < 0)
    return Error::sys("symlink", socket_link_);
  return {};
}

Result<void> Session::open_control() {
  TRY_ASSIGN(ctl_, supervise::ControlFifo::start(
                       *loop_, below(options_.bundle, contract::kCtlFifoName),
                       [this](std::string_view line) { return control(contract::parse_ctl_message(line)); }));
  TRY_ASSIGN(winsz_, supervise::ControlFifo::start(*loop_, below(options_.bundle, contract::kWinszFifoName),
                                                   [this](std::string_view line) {
                                                     return control(contract::parse_winsz_message(line));
                                                   }));
  return {};
}

bool Session::control(std::optional<contract::CtlMessage> message) {
  if (!message) return false;
  if (message->type == contract::CtlType::reopen_logs) {
    for (const auto& sink : logs_.sinks) sink->reopen();
  } else if (message->type == contract::CtlType::ready) {
    announce_ready();
  } else if (pty_) {
    ignore(supervise::resize_terminal(pty_, message->rows, message->columns));
  }
  return true;
}

Result<void> Session::open_notify() {
  if (options_.sdnotify_socket.empty() || options_.bundle.empty()) return {};
  const std::string directory = below(options_.bundle, "notify");
  TRY(sys::make_directory(directory, 0755));
  systemd::NotifyProxy::Options proxy;
  proxy.socket_path = concat(directory, "/notify.sock");
  TRY_ASSIGN(proxy.host, systemd::NotifyAddress::parse(options_.sdnotify_socket));
  if (!options_.sdnotify_mode.empty()) {
    TRY_ASSIGN(proxy.policy.mode, systemd::parse_notify_mode(options_.sdnotify_mode));
  }
  TRY_ASSIGN(proxy.policy.allow, systemd::parse_notify_allow(join(options_.sdnotify_allow, ",")));
  const systemd::NotifyAddress host = *proxy.host;
  const auto say = [this](const std::string& words) { tell_of_host(words); };
  TRY_ASSIGN(notify_,
             systemd::NotifyProxy::start(
                 *loop_, std::move(proxy),
                 {.on_ready = [this] { host_check_->begin(); }, .on_status = {}, .on_host_gone = say}));
  host_check_ = std::make_unique<HostCheck>(*loop_, *notify_, host, say);
  return {};
}

// The service manager does not hear us. A detached monitor has no stderr: where nothing else holds our diagnostics, the
// container's own log does, which is where its user looks.
void Session::tell_of_host(const std::string& words) {
  const std::string text = concat("sd_notify: ", words);
  log::warning(text);
  if (options_.sync || options_.syslog || !log::enabled(log::Level::warning)) return;
  for (const auto& sink : logs_.sinks) sink->report(text);
}

// Whoever starts the container is not our unit's main process; we are, so the service manager listens to us.
void Session::announce_ready() {
  if (!notify_ || (options_.sdnotify_mode != "conmon" && options_.sdnotify_mode != "healthy")) return;
  if (!notify_->state().host_is_ready) static_cast<void>(notify_->announce("READY=1"));
  host_check_->begin();
}

Result<void> Session::wait_for_attach() {
  if (!options_.exec_attach) return {};
  if (!pipes_.attach) return Error::invalid("_OCI_ATTACHPIPE", "--exec-attach needs it");
  tell(pipes_.attach, {.data = 0}, "data");
  TRY(wait_for_start(pipes_.start));
  pipes_.attach.reset();
  return {};
}

Result<void> Session::start_payload() {
  pipes_.start.reset();
  const RuntimeStdio stdio{.streams = logs_.passthrough ? nullptr : &streams_,
                           .inherited = &pipes_.inherited};
  TRY_ASSIGN(
      const auto status,
      run_runtime(*loop_, options_, console_ ? console_->socket_path() : std::string(), stdio, *signals_));
  streams_.close_payload_ends();
  pipes_.inherited.clear();
  if (status.code() != 0) {
    runtime_words_ = runtime_message(streams_, status);
    return Error::message(runtime_words_);
  }
  TRY(await_console());
  TRY_ASSIGN(payload_, Payload::from_pid_file(options_.container_pid_file));
  reaper_->spare(payload_->pid());
  reaper_->hold(false);
  // Before the caller is told: once it starts the payload, that may be heard, and killed, at any moment.
  if (!options_.exec) watch_oom();
  admit_notifiers();
  // The first exec API has one message only, the exit status.
  if (options_.api_version >= 1 || !options_.exec) tell(pipes_.sync, {.data = payload_->pid()}, key_);
  return start_pump();
}

// The runtime has sent the terminal before it ended; we may have noticed its end first.
Result<void> Session::await_console() {
  const auto deadline = std::chrono::steady_clock::now() + kConsoleGrace;
  while (console_ && !console_->received()) {
    if (std::chrono::steady_clock::now() > deadline)
      return Error::message("the OCI runtime sent no terminal");
    TRY(loop_->run_once(kConsolePollMs));
  }
  console_.reset();
  return {};
}

Result<void> Session::start_pump() {
  TRY_ASSIGN(pump_, supervise::OutputPump::make(*loop_, logs_.sinks, attach_.get()));
  using Source = supervise::OutputPump::Source;
  if (streams_.output) {
    TRY(pump_->add(contract::LogStream::out, std::move(streams_.output),
                   options_.terminal ? Source::pty : Source::pipe));
  }
  if (streams_.errors) TRY(pump_->add(contract::LogStream::err, std::move(streams_.errors), Source::pipe));
  return {};
}

void Session::watch_oom() {
  auto directory = cgroup::directory_of(payload_->pid());
  if (!directory) return;
  // Without a memory controller nothing kills for want of memory in there.
  auto watch = supervise::OomWatch::start(*loop_, *directory, [this] { mark_oom(); });
  if (watch) oom_ = std::move(*watch);
}

void Session::mark_oom() {
  log::warning("the kernel killed in container ", options_.cid, " for want of memory");
  supervise::record_oom(
      {.bundle_file = below(options_.bundle, "oom"), .persist_file = below(options_.persist_dir, "oom")});
}

// From now on only processes of the container are heard.
void Session::admit_notifiers() {
  if (notify_) notify_->set_container(payload_->pid(), systemd::membership_of(payload_->pid()));
}

Result<void> Session::supervise() {
  signals_->aim(&payload_->process());
  TRY_ASSIGN(const auto end,
             loop_->watch(payload_->process().fd(), EPOLLIN, [this](std::uint32_t) { ended_ = true; }));
  sys::EventLoop::Handle deadline;
  if (options_.timeout_seconds > 0) {
    TRY_ASSIGN(deadline,
               loop_->after(std::chrono::seconds(options_.timeout_seconds), [this] { time_out(); }));
  }
  reaper_->reap();
  while (!ended_) TRY(loop_->run_once(-1));
  return {};
}

void Session::time_out() {
  timed_out_ = true;
  payload_->kill_group();
  ignore(payload_->process().wait_exit(kKillGraceMs));
  ended_ = true;
}

// conmon's numbers: 128 + signal, -1 when its time was up.
int Session::collect_status(bool& killed) {
  if (timed_out_) return -1;
  const auto status = payload_->status();
  if (!status) {
    log::error("exit status of ", payload_->pid(), ": ", status.error().to_string());
    return -1;
  }
  killed = status->signal == SIGKILL;
  return status->code();
}

int Session::finish() {
  bool killed = false;
  const int status = collect_status(killed);
  signals_->aim(nullptr);
  reaper_->spare(0);
  // Who sees the exit file looks for the oom file.
  if (oom_) oom_->check(killed);
  const bool recorded = supervise::record_exit(exit_places(options_), status);
  pump_->drain();
  if (attach_) attach_->close();
  if (!options_.no_sync_log) {
    for (const auto& sink : logs_.sinks) sink->sync();
  }
  if (notify_) static_cast<void>(notify_->finish(kNotifyGrace));
  if (options_.exec)
    tell(pipes_.sync, {.data = status, .message = std::string(timed_out_ ? kTimedOut : "")}, key_);
  if (!recorded) retry_record(status);
  reaper_->reap();
  return status;
}

void Session::retry_record(int status) {
  const timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
  for (int attempt = 0; attempt < kRecordRetries; ++attempt) {
    ::nanosleep(&pause, nullptr);
    if (supervise::record_exit(exit_places(options_), status)) return;
  }
}

void Session::report_failure(const Error& error) {
  log::error(error.to_string());
  tell(pipes_.sync, {.data = -1, .message = runtime_words_.empty() ? error.to_string() : runtime_words_},
       key_);
}

}  // namespace berth::monitor
