// NotifyHost: the receiving end as a service manager has it: a socket in a private directory, messages with
// their sender and descriptors. The directory and the socket are removed with the object.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/pidfd.h"
#include "systemd/notify_message.h"

namespace berth::systemd {

struct HeardNotification {
  ParsedNotification parsed;
  pid_t pid = 0;  // 0: not visible from our pid namespace
  uid_t uid = 0;
  std::string command;           // /proc/PID/comm; empty when the sender has ended
  std::vector<std::string> fds;  // what each descriptor is: "pipe:[4711]"
  std::vector<UniqueFd> owned;   // closing them releases a barrier

  // "pid 12 uid 0 (redis-server)  READY=1  STATUS=…  1 descriptor: pipe:[4711]", control characters escaped.
  [[nodiscard]] std::string to_string() const;
};

class NotifyHost {
 public:
  // In the first of XDG_RUNTIME_DIR, /tmp, /run and /dev/shm that takes a new directory.
  static Result<NotifyHost> make();
  NotifyHost(NotifyHost&& other) noexcept;
  NotifyHost& operator=(NotifyHost&&) = delete;
  NotifyHost(const NotifyHost&) = delete;
  NotifyHost& operator=(const NotifyHost&) = delete;
  ~NotifyHost();

  [[nodiscard]] std::string socket_path() const { return directory_ + "/notify.sock"; }
  [[nodiscard]] FdRef fd() const noexcept { return socket_; }
  // nullopt: nothing waits.
  [[nodiscard]] Result<std::optional<HeardNotification>> receive();

  // Goes on in a process of its own, silently, until `command` has ended: barriers are released, the socket
  // is there for who wants to write to it, and removed at the end. The object is empty afterwards.
  Result<void> serve_in_background(const sys::PidFd& command) &&;

 private:
  explicit NotifyHost(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;  // empty once moved from
  UniqueFd socket_;
};

}  // namespace berth::systemd
