// A client of the monitor's attach socket: our standard streams connected to the container's.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/engine.h"
#include "sys/pidfd.h"

namespace berth::engine {

struct AttachOptions {
  bool input = false;     // our stdin goes to the container
  bool terminal = false;  // the container has one: ours becomes raw, its size is passed on
  bool proxy_signals = true;
  std::string detach_keys = "\x10\x11";  // as bytes; empty: none
};

enum class AttachEnd { container_ended, detached };

// Blocks the signals that attach() passes on, so that none is lost between the start and the attach. They stay blocked.
void hold_proxied_signals();

// Connects to the socket of a container that is created or running. Nothing that it says from now on is missed.
[[nodiscard]] Result<UniqueFd> connect_attach(const RunDir& run_dir);

// Copies until the container ends or the user leaves. `process` is the container's init.
[[nodiscard]] Result<AttachEnd> attach(const RunDir& run_dir, UniqueFd socket, const sys::PidFd& process,
                                       const AttachOptions& options);

// Tells the monitor the size of our terminal, if we have one.
void send_terminal_size(const RunDir& run_dir);
// Tells the monitor that the payload runs: with --sdnotify=conmon it then says READY=1 to the service manager.
void tell_monitor_ready(const RunDir& run_dir);

}  // namespace berth::engine
