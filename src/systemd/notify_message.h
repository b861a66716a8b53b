// NotifyMessage: one datagram of the sd_notify(3) protocol, parsed once into typed assignments.
//
//   const ParsedNotification parsed = NotifyMessage::parse(datagram);
//   if (parsed.dropped == NotifyDrop::none && parsed.message.has(NotifyKey::ready)) …
//
// The limits are the service manager's: at most 4096 bytes (PIPE_BUF), no NUL inside, one trailing NUL
// allowed, lines end with \n or \r, empty lines are nothing. A datagram that breaks them is dropped whole;
// an assignment whose value the manager would refuse (STATUS= that is not UTF-8, WATCHDOG=2) is kept out of
// the message and counted, as the manager ignores it too. Values; pure; the input is hostile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::systemd {

inline constexpr std::size_t kMaxNotification = 4096;

enum class NotifyKey : std::uint8_t {
  ready,
  reloading,
  stopping,
  status,
  error_number,
  bus_error,
  varlink_error,
  exit_status,
  monotonic_usec,
  watchdog,
  watchdog_usec,
  extend_timeout_usec,
  restart_reset,
  main_pid,
  main_pidfd_id,
  main_pidfd,
  notify_access,
  fd_store,
  fd_store_remove,
  fd_name,
  fd_poll,
  barrier,
  extension,  // X_…
  unknown,    // whatever else; a manager of tomorrow may give it a meaning
};

// Why a datagram, or what was left of it, did not go on. The order is that of the counters in NotifyState.
enum class NotifyDrop : std::uint8_t {
  none,
  empty,              // no bytes, or only line ends
  too_long,           // more than kMaxNotification bytes
  embedded_nul,       //
  no_assignment,      // nothing in it that the manager would understand
  malformed_barrier,  // BARRIER=1 with company, or not with exactly one descriptor
  lost_descriptors,   // we could not take all descriptors that came with it
  stranger,           // the sender is not of the container
  swallowed,          // the mode keeps the container's messages from the host
  not_allowed,        // the policy left nothing
  queue_full,         // the host did not read for too long
  no_host,            // there is no host, or it is gone
};
inline constexpr std::size_t kNotifyDrops = static_cast<std::size_t>(NotifyDrop::no_host) + 1;
[[nodiscard]] std::string_view describe(NotifyDrop drop) noexcept;

struct NotifyAssignment {
  NotifyKey key = NotifyKey::unknown;
  std::string name;   // "STATUS"
  std::string value;  // "Listening"
  friend bool operator==(const NotifyAssignment&, const NotifyAssignment&) = default;
};

// What the service says of itself: STOPPING beats READY beats RELOADING in one message.
enum class NotifyPhase : std::uint8_t { unchanged, reloading, ready, stopping };

struct ParsedNotification;

class NotifyMessage {
 public:
  static ParsedNotification parse(std::string_view datagram);

  // The lines joined by \n, without one at the end: what is sent.
  [[nodiscard]] std::string serialize() const;

  [[nodiscard]] const std::vector<NotifyAssignment>& assignments() const noexcept { return assignments_; }
  [[nodiscard]] bool empty() const noexcept { return assignments_.empty(); }
  [[nodiscard]] bool has(NotifyKey key) const noexcept { return (kinds_ & bit(key)) != 0; }
  // The first one of its kind, which is the one that the manager reads; nullptr when there is none.
  [[nodiscard]] const NotifyAssignment* find(NotifyKey key) const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> number(NotifyKey key) const noexcept;
  [[nodiscard]] NotifyPhase phase() const noexcept;
  // BARRIER=1 and nothing else.
  [[nodiscard]] bool is_barrier() const noexcept;

  // Checks both as parse() does: false, and nothing added, when the manager would not understand them.
  bool add(std::string_view name, std::string_view value);
  void remove(NotifyKey key) {
    keep([key](NotifyKey other) { return other != key; });
  }
  // Removes every assignment whose key `may_stay` does not accept; how many those were.
  template <class Predicate>
  unsigned keep(Predicate may_stay) {
    const auto removed = std::erase_if(
        assignments_, [&](const NotifyAssignment& assignment) { return !may_stay(assignment.key); });
    kinds_ = 0;
    for (const NotifyAssignment& assignment : assignments_) kinds_ |= bit(assignment.key);
    return static_cast<unsigned>(removed);
  }
  // Every assignment of this kind gets this number.
  void set_number(NotifyKey key, std::uint64_t number);

 private:
  static constexpr std::uint32_t bit(NotifyKey key) noexcept { return 1U << static_cast<unsigned>(key); }
  static_assert(static_cast<unsigned>(NotifyKey::unknown) < 32, "one more key needs a wider set");

  std::vector<NotifyAssignment> assignments_;
  std::uint32_t kinds_ = 0;  // the keys that are there, a bit each: asked for a dozen times a message
};

struct ParsedNotification {
  NotifyMessage message;  // empty unless dropped is none
  NotifyDrop dropped = NotifyDrop::none;
  unsigned refused = 0;  // lines that are no NAME=VALUE, and bad values
};

// The name of a stored descriptor: at most 255 ASCII characters, no control characters, no colon.
[[nodiscard]] bool is_valid_fd_name(std::string_view name) noexcept;
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace berth::systemd
