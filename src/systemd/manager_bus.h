// A connection to a systemd manager, over its private socket: no bus daemon is needed, and none can stall us.
//
//   us ──"\0AUTH EXTERNAL <uid in hex>", "BEGIN"──> manager      D-Bus's SASL
//      <──"OK <guid>"──────────────────────
//      ──StartTransientUnit───────────────>
//      <──a job's path─────────────────────
//      <──signal JobRemoved(…, job, …, "done")─
//
// Every wait has a bound: a manager that does not answer is an error (ETIMEDOUT) that says so. Signals are sent to
// private connections unasked. org.freedesktop.systemd1(5). Not for use after fork.
#pragma once

#include <chrono>
#include <deque>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "systemd/bus_message.h"

namespace berth::systemd {

class ManagerBus {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kDefaultBound{25};  // for the connection and for each call

  // Where the manager listens: the system's as root of the machine, else the user's ($XDG_RUNTIME_DIR), also as root of a user
  // namespace that the user has made.
  [[nodiscard]] static std::string socket_path();
  // The manager there. ENOENT or ECONNREFUSED without one.
  static Result<ManagerBus> connect(Clock::duration bound = kDefaultBound);
  // The same over a socket that is connected already.
  static Result<ManagerBus> authenticate(UniqueFd socket, Clock::duration bound);

  // The reply; an error reply is an Error with the manager's words (EEXIST for a unit that exists).
  [[nodiscard]] Result<BusMessage> call(const MethodCall& call);
  // Waits for the end of a job that a call gave; EIO unless its result is "done".
  [[nodiscard]] Result<void> wait_for_job(const std::string& job);

 private:
  ManagerBus(UniqueFd socket, Clock::duration bound) : socket_(std::move(socket)), bound_(bound) {}
  Result<void> log_in();
  Result<void> send_all(std::string_view data, Clock::time_point deadline);
  Result<void> receive_more(Clock::time_point deadline);
  Result<BusMessage> next(Clock::time_point deadline);

  UniqueFd socket_;
  Clock::duration bound_;
  std::uint32_t serial_ = 0;
  std::string received_;
  std::deque<BusMessage> signals_;  // that came while we waited for a reply
};

}  // namespace berth::systemd
