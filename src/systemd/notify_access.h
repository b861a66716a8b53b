// Whether a systemd manager listens to a process. What comes from one that NotifyAccess= of its unit does not name is
// dropped without a word to the sender, and a barrier is honoured all the same: only the unit's properties tell.
// systemd.service(5), org.freedesktop.systemd1(5).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "systemd/manager_bus.h"
#include "systemd/notify_address.h"

namespace berth::systemd {

struct NotifyAccess {
  std::string unit;    // "web.service"
  std::string access;  // none, main, exec or all
  pid_t main_pid = 0;  // 0: none
  pid_t control_pid = 0;
};

// The unit that `sender` runs in. An error, too, when that is no service.
[[nodiscard]] Result<NotifyAccess> ask_notify_access(ManagerBus& bus, pid_t sender);

// Why the manager drops what `sender` says, in one sentence; empty when it listens.
[[nodiscard]] std::string refusal(const NotifyAccess& access, pid_t sender);

// `host` is the notification socket of the manager that ManagerBus::connect() speaks with.
[[nodiscard]] bool is_managers_socket(const NotifyAddress& host);

}  // namespace berth::systemd
