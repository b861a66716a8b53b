#include "systemd/notify_policy.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/text.h"

namespace berth::systemd {

namespace {

constexpr std::array<std::string_view, 4> kModes = {"container", "conmon", "ignore", "healthy"};

Result<void> allow_one(std::string_view word, NotifyAllow& allow) {
  const auto option = split_once(word, '=');
  const std::string_view name = option ? option->first : word;
  if (name == "mainpid" && !option) {
    allow.main_pid = true;
  } else if (name == "notifyaccess" && !option) {
    allow.notify_access = true;
  } else if (name == "fdstore") {
    allow.fd_store = true;
    if (!option) return {};
    const auto quota = parse_number<unsigned>(option->second);
    if (!quota) return Error::invalid(word, "expected fdstore=NUMBER");
    allow.fd_quota = *quota;
  } else {
    return Error::invalid(word, "expected mainpid, fdstore[=NUMBER] or notifyaccess");
  }
  return {};
}

bool is_fd_store(NotifyKey key) noexcept {
  return key == NotifyKey::fd_store || key == NotifyKey::fd_store_remove || key == NotifyKey::fd_name ||
         key == NotifyKey::fd_poll;
}

bool is_main_pid(NotifyKey key) noexcept {
  return key == NotifyKey::main_pid || key == NotifyKey::main_pidfd_id || key == NotifyKey::main_pidfd;
}

// FDSTORE=1 needs room in the quota; removing never does.
bool fd_store_allowed(const NotifyMessage& message, const NotifyPolicy& policy,
                      const NotifyContext& context) {
  if (!policy.allow.fd_store) return false;
  return !message.has(NotifyKey::fd_store) || context.stored + context.fds <= policy.allow.fd_quota;
}

// MAINPIDFD=1 owns the one descriptor of its message; it cannot share with FDSTORE=1.
bool main_pid_allowed(const NotifyMessage& message, const NotifyPolicy& policy,
                      const NotifyContext& context) {
  if (!policy.allow.main_pid) return false;
  return !message.has(NotifyKey::main_pidfd) || (context.fds == 1 && !message.has(NotifyKey::fd_store));
}

struct Permissions {
  bool ready;
  bool main_pid;
  bool notify_access;
  bool fd_store;
};

bool may_pass(NotifyKey key, const Permissions& permitted) noexcept {
  if (is_main_pid(key)) return permitted.main_pid;
  if (is_fd_store(key)) return permitted.fd_store;
  if (key == NotifyKey::ready) return permitted.ready;
  if (key == NotifyKey::notify_access) return permitted.notify_access;
  return key != NotifyKey::unknown;
}

PolicyVerdict drop(NotifyDrop reason) {
  PolicyVerdict verdict;
  verdict.dropped = reason;
  return verdict;
}

}  // namespace

Result<NotifyMode> parse_notify_mode(std::string_view text) {
  const auto* found = std::find(kModes.begin(), kModes.end(), text);
  if (found == kModes.end())
    return Error::invalid("sdnotify",
                          concat("expected container, conmon, ignore or healthy, found \"", text, '"'));
  return static_cast<NotifyMode>(found - kModes.begin());
}

std::string_view name_of(NotifyMode mode) noexcept {
  return kModes.at(static_cast<std::size_t>(mode));
}

Result<NotifyAllow> parse_notify_allow(std::string_view text) {
  NotifyAllow allow;
  if (text.empty()) return allow;
  for (const std::string_view word : split(text, ',')) TRY(allow_one(word, allow));
  return allow;
}

void FdStoreLedger::add(std::string_view name, unsigned count) {
  const std::string_view key = name.empty() ? "stored" : name;  // the manager's name for the nameless
  for (Entry& entry : entries_) {
    if (entry.name != key) continue;
    entry.count += count;
    return;
  }
  entries_.push_back({std::string(key), count});
}

void FdStoreLedger::remove(std::string_view name) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name; });
}

unsigned FdStoreLedger::total() const noexcept {
  return std::accumulate(entries_.begin(), entries_.end(), 0U,
                         [](unsigned sum, const Entry& entry) { return sum + entry.count; });
}

PolicyVerdict apply_policy(const NotifyMessage& message, const NotifyPolicy& policy,
                           const NotifyContext& context) {
  if (message.has(NotifyKey::barrier) && (!message.is_barrier() || context.fds != 1)) {
    return drop(NotifyDrop::malformed_barrier);
  }
  if (policy.mode == NotifyMode::conmon || policy.mode == NotifyMode::ignore) {
    return drop(NotifyDrop::swallowed);
  }
  const Permissions permitted = {
      .ready = policy.mode == NotifyMode::container || context.host_is_ready,
      .main_pid = main_pid_allowed(message, policy, context),
      .notify_access = policy.allow.notify_access,
      .fd_store = fd_store_allowed(message, policy, context),
  };
  PolicyVerdict verdict;
  verdict.message = message;
  verdict.withheld = verdict.message.keep([&](NotifyKey key) { return may_pass(key, permitted); });
  if (verdict.message.empty()) verdict.dropped = NotifyDrop::not_allowed;
  verdict.pass_fds = verdict.message.has(NotifyKey::fd_store) || verdict.message.has(NotifyKey::main_pidfd) ||
                     verdict.message.is_barrier();
  return verdict;
}

}  // namespace berth::systemd
