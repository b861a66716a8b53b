// The payload's sd_notify line when the runtime itself runs under a service manager (NOTIFY_SOCKET is in its
// environment) and no monitor has arranged one. Unlike runc's, it is the whole protocol, and it lasts as long as the
// container does, also after `start` or `run -d` have returned:
//
//   payload ──/run/notify/notify.sock──> a process of ours, until init has ended ──> $NOTIFY_SOCKET
//
//   TRY_ASSIGN(std::optional<NotifyLine> line, NotifyLine::prepare(state.path(), bundle.config));  // adds mount and variables
//   … create the container …
//   if (line) TRY(std::move(*line).serve(init, detached));
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "spec/config.h"
#include "sys/pidfd.h"
#include "systemd/notify_address.h"

namespace berth::runtime {

// In the container.
inline constexpr std::string_view kNotifyDirectory = "/run/notify";
// On the host.
[[nodiscard]] inline std::string notify_directory(const std::string& state_dir) {
  return state_dir + "/notify";
}

class NotifyLine {
 public:
  // Binds <state_dir>/notify/notify.sock; adds the read-only mount of its directory at /run/notify, and NOTIFY_SOCKET
  // with what goes with it (WATCHDOG_USEC …), to `config`. nullopt without a service manager, or when `config` has a
  // NOTIFY_SOCKET already. The directory is the state directory's owner's to remove.
  static Result<std::optional<NotifyLine>> prepare(const std::string& state_dir, spec::Config& config);

  // Starts the process that serves the line until `init` has ended; it keeps none of our descriptors. `detached`: we
  // are about to end, so the service manager is told that init is the main process, and has read it when this returns.
  Result<void> serve(const sys::PidFd& init, bool detached) &&;

 private:
  NotifyLine(UniqueFd socket, systemd::NotifyAddress host)
      : socket_(std::move(socket)), host_(std::move(host)) {}
  [[noreturn]] void serve_until_end(const sys::PidFd& init) noexcept;

  UniqueFd socket_;
  systemd::NotifyAddress host_;
};

}  // namespace berth::runtime
