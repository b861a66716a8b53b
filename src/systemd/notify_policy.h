// What a container may say to the service manager of the host: message × policy -> message, and nothing else.
//
//   assignment                                        container   healthy             conmon, ignore
//   READY=1                                           passes      once we were ready  –
//   RELOADING, MONOTONIC_USEC, STOPPING, STATUS,
//   ERRNO, BUSERROR, VARLINKERROR, EXIT_STATUS,
//   WATCHDOG, WATCHDOG_USEC, EXTEND_TIMEOUT_USEC,
//   RESTART_RESET, X_*, BARRIER                       passes      passes              –
//   MAINPID, MAINPIDFDID, MAINPIDFD                   allow.main_pid                  –
//   NOTIFYACCESS                                      allow.notify_access             –
//   FDSTORE, FDSTOREREMOVE, FDNAME, FDPOLL            allow.fd_store, within quota    –
//   any other                                         –           –                   –
//
// What is off by default gives the payload power over its unit: which process is the main one, who may speak,
// what PID 1 keeps open. An unknown assignment may mean such a thing to a later systemd, so it stays inside.
// Pure: pids and timestamps are translated afterwards (notify_translate.h).
#pragma once

#include "base/result.h"
#include "systemd/notify_message.h"

namespace berth::systemd {

enum class NotifyMode : std::uint8_t {
  container,  // the payload says READY=1 (podman: --sdnotify=container)
  conmon,     // the supervisor says READY=1 when the container runs; the payload is not heard
  ignore,     // nobody says anything
  healthy,    // the supervisor says READY=1 at the first successful health check
};
[[nodiscard]] Result<NotifyMode> parse_notify_mode(std::string_view text);
[[nodiscard]] std::string_view name_of(NotifyMode mode) noexcept;

struct NotifyAllow {
  bool main_pid = false;
  bool notify_access = false;
  bool fd_store = false;
  unsigned fd_quota = 64;  // descriptors that the host may hold for this container at one time
  friend bool operator==(const NotifyAllow&, const NotifyAllow&) = default;
};
// "mainpid,fdstore,notifyaccess", "fdstore=16" for another quota, "" for nothing.
[[nodiscard]] Result<NotifyAllow> parse_notify_allow(std::string_view text);

struct NotifyPolicy {
  NotifyMode mode = NotifyMode::container;
  NotifyAllow allow;
};

// Descriptors in the host's store, by name, as far as we know: the host drops those that hang up without
// telling us, so this errs on the strict side.
class FdStoreLedger {
 public:
  struct Entry {
    std::string name;
    unsigned count = 0;
  };
  void add(std::string_view name, unsigned count);
  void remove(std::string_view name);
  [[nodiscard]] unsigned total() const noexcept;
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

 private:
  std::vector<Entry> entries_;
};

// What was true of the line when the message came.
struct NotifyContext {
  std::size_t fds = 0;         // that came with the message
  unsigned stored = 0;         // FdStoreLedger::total()
  bool host_is_ready = false;  // READY=1 has gone to the host
};

struct PolicyVerdict {
  NotifyMessage message;                  // what may pass; empty when dropped
  NotifyDrop dropped = NotifyDrop::none;  //
  bool pass_fds = false;                  // the descriptors go along; else they are closed
  unsigned withheld = 0;                  // assignments kept back
};
[[nodiscard]] PolicyVerdict apply_policy(const NotifyMessage& message, const NotifyPolicy& policy,
                                         const NotifyContext& context);

}  // namespace berth::systemd
