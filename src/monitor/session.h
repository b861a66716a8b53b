// Session: all that the monitor holds while it supervises one payload: descriptors by name, owners of watches. The
// steps of its life are its functions, in this order; monitor.cc calls them.
//
//   caller ──sync pipe── Session ──runtime create──> payload
//                         │  ▲                         │
//      attach clients <──pump/stdin_writer── stdio <───┘
//      ctl, winsz ──────> resize, reopen logs
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "contract/ctl_message.h"
#include "contract/monitor_command.h"
#include "monitor/caller_pipes.h"
#include "monitor/host_check.h"
#include "monitor/payload.h"
#include "monitor/seccomp_socket.h"
#include "supervise/attach_server.h"
#include "supervise/console.h"
#include "supervise/control_fifo.h"
#include "supervise/log_driver.h"
#include "supervise/oom_watch.h"
#include "supervise/output_pump.h"
#include "supervise/reaper.h"
#include "supervise/signal_relay.h"
#include "supervise/stdin_writer.h"
#include "supervise/stdio_streams.h"
#include "sys/event_loop.h"
#include "systemd/notify_proxy.h"

namespace berth::monitor {

class Session {
 public:
  // `options` must outlive the session.
  static Result<std::unique_ptr<Session>> open(const contract::MonitorOptions& options,
                                               supervise::LogDrivers logs, CallerPipes pipes);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Everything that a client may find: pipes or console, attach socket, control FIFOs, notify socket.
  Result<void> open_doors();
  // exec_attach: says that the doors are open, and waits until the caller is attached.
  Result<void> wait_for_attach();
  // Runs the runtime, takes over what it made, tells the caller the pid.
  Result<void> start_payload();
  // Until the payload has ended, or its time is up.
  Result<void> supervise();
  // Records how it ended, then what it had still to say. Returns the exit status.
  int finish();
  // Tells the caller why there is no payload.
  void report_failure(const Error& error);

 private:
  Session(const contract::MonitorOptions& options, std::unique_ptr<sys::EventLoop> loop,
          supervise::LogDrivers logs, CallerPipes pipes);
  Result<void> open_streams();
  Result<void> open_attach();
  Result<void> open_control();
  Result<void> open_notify();
  Result<void> link_socket_directory();
  void take_console(UniqueFd pty);
  bool control(std::optional<contract::CtlMessage> message);
  Result<void> await_console();
  Result<void> start_pump();
  void watch_oom();
  void admit_notifiers();
  void announce_ready();
  void tell_of_host(const std::string& words);
  void time_out();
  int collect_status(bool& killed);
  void retry_record(int status);
  void mark_oom();

  const contract::MonitorOptions& options_;
  std::unique_ptr<sys::EventLoop> loop_;
  supervise::LogDrivers logs_;
  CallerPipes pipes_;
  std::string_view key_;  // of the sync pipe's messages
  std::string socket_link_;

  std::unique_ptr<supervise::Reaper> reaper_;
  std::unique_ptr<supervise::SignalRelay> signals_;
  supervise::StdioStreams streams_;
  UniqueFd pty_;
  std::unique_ptr<supervise::Console> console_;
  std::unique_ptr<supervise::StdinWriter> input_;
  std::unique_ptr<supervise::AttachServer> attach_;
  std::unique_ptr<SeccompSocket> seccomp_;
  std::unique_ptr<supervise::ControlFifo> ctl_;
  std::unique_ptr<supervise::ControlFifo> winsz_;
  std::unique_ptr<supervise::OutputPump> pump_;
  std::unique_ptr<supervise::OomWatch> oom_;
  std::unique_ptr<systemd::NotifyProxy> notify_;
  std::unique_ptr<HostCheck> host_check_;
  std::optional<Payload> payload_;
  std::string runtime_words_;  // what the runtime said before it failed, as it said it
  bool ended_ = false;
  bool timed_out_ = false;
};

}  // namespace berth::monitor
