#include "systemd/notify_message.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace berth::systemd {

namespace {

bool is_one(std::string_view value) noexcept {
  return value == "1";
}
bool is_zero(std::string_view value) noexcept {
  return value == "0";
}
bool is_usec(std::string_view value) noexcept {
  return parse_number<std::uint64_t>(value).has_value();
}
bool is_pid(std::string_view value) noexcept {
  const auto pid = parse_number<std::int32_t>(value);
  return pid && *pid > 0;
}
bool is_inode(std::string_view value) noexcept {
  const auto inode = parse_number<std::uint64_t>(value);
  return inode && *inode > 0;
}
bool is_watchdog(std::string_view value) noexcept {
  return value == "1" || value == "trigger";
}
bool is_access(std::string_view value) noexcept {
  return value == "none" || value == "main" || value == "exec" || value == "all";
}

// A number, or the name of one ("ENOENT").
bool is_errno(std::string_view value) noexcept {
  if (const auto number = parse_number<unsigned>(value)) return *number <= 4095;
  return value.size() > 1 && value.front() == 'E' && std::all_of(value.begin(), value.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

bool is_any(std::string_view /*value*/) noexcept {
  return true;
}

struct KeyRule {
  std::string_view name;
  NotifyKey key;
  bool (*accepts)(std::string_view value) noexcept;
};

constexpr std::array kRules = {
    KeyRule{"READY", NotifyKey::ready, is_one},
    KeyRule{"RELOADING", NotifyKey::reloading, is_one},
    KeyRule{"STOPPING", NotifyKey::stopping, is_one},
    KeyRule{"STATUS", NotifyKey::status, is_valid_utf8},
    KeyRule{"ERRNO", NotifyKey::error_number, is_errno},
    KeyRule{"BUSERROR", NotifyKey::bus_error, is_valid_utf8},
    KeyRule{"VARLINKERROR", NotifyKey::varlink_error, is_valid_utf8},
    KeyRule{"EXIT_STATUS", NotifyKey::exit_status, is_valid_utf8},
    KeyRule{"MONOTONIC_USEC", NotifyKey::monotonic_usec, is_usec},
    KeyRule{"WATCHDOG", NotifyKey::watchdog, is_watchdog},
    KeyRule{"WATCHDOG_USEC", NotifyKey::watchdog_usec, is_usec},
    KeyRule{"EXTEND_TIMEOUT_USEC", NotifyKey::extend_timeout_usec, is_usec},
    KeyRule{"RESTART_RESET", NotifyKey::restart_reset, is_one},
    KeyRule{"MAINPID", NotifyKey::main_pid, is_pid},
    KeyRule{"MAINPIDFDID", NotifyKey::main_pidfd_id, is_inode},
    KeyRule{"MAINPIDFD", NotifyKey::main_pidfd, is_one},
    KeyRule{"NOTIFYACCESS", NotifyKey::notify_access, is_access},
    KeyRule{"FDSTORE", NotifyKey::fd_store, is_one},
    KeyRule{"FDSTOREREMOVE", NotifyKey::fd_store_remove, is_one},
    KeyRule{"FDNAME", NotifyKey::fd_name, is_valid_fd_name},
    KeyRule{"FDPOLL", NotifyKey::fd_poll, is_zero},
    KeyRule{"BARRIER", NotifyKey::barrier, is_one},
};

KeyRule rule_for(std::string_view name) noexcept {
  const auto* rule =
      std::find_if(kRules.begin(), kRules.end(), [&](const KeyRule& r) { return r.name == name; });
  if (rule != kRules.end()) return *rule;
  return {name, name.starts_with("X_") ? NotifyKey::extension : NotifyKey::unknown, is_any};
}

bool is_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

constexpr bool ends_line(char c) noexcept {
  return c == '\n' || c == '\r';
}

NotifyDrop check_frame(std::string_view datagram) noexcept {
  if (datagram.empty()) return NotifyDrop::empty;
  if (datagram.size() > kMaxNotification) return NotifyDrop::too_long;
  if (datagram.substr(0, datagram.size() - 1).find('\0') != std::string_view::npos) {
    return NotifyDrop::embedded_nul;
  }
  return NotifyDrop::none;
}

// How many bytes follow a UTF-8 lead byte, and the least code point that needs them; {-1, 0}: not a lead
// byte.
struct Lead {
  int follow;
  std::uint32_t least;
  std::uint32_t bits;
};
Lead lead_of(unsigned char byte) noexcept {
  if (byte < 0x80U) return {0, 0, byte};
  if ((byte & 0xe0U) == 0xc0U) return {1, 0x80U, byte & 0x1fU};
  if ((byte & 0xf0U) == 0xe0U) return {2, 0x800U, byte & 0x0fU};
  if ((byte & 0xf8U) == 0xf0U) return {3, 0x10000U, byte & 0x07U};
  return {-1, 0, 0};
}

}  // namespace

std::string_view describe(NotifyDrop drop) noexcept {
  constexpr std::array<std::string_view, kNotifyDrops> kTexts = {
      "passed",
      "empty",
      "longer than 4096 bytes",
      "a NUL inside",
      "nothing that a service manager understands",
      "BARRIER=1 not alone, or not with exactly one descriptor",
      "not all of its descriptors could be taken",
      "sent by a process that is not of the container",
      "kept from the host by the mode",
      "nothing left that the policy lets pass",
      "the host did not read in time",
      "no host is listening",
  };
  return kTexts.at(static_cast<std::size_t>(drop));
}

bool is_valid_fd_name(std::string_view name) noexcept {
  return name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c < 0x7f && c != ':'; });
}

bool is_valid_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Lead lead = lead_of(static_cast<unsigned char>(text[i]));
    if (lead.follow < 0) return false;
    std::uint32_t point = lead.bits;
    for (int rest = lead.follow; rest > 0; --rest) {
      if (++i == text.size()) return false;
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xc0U) != 0x80U) return false;
      point = (point << 6U) | (byte & 0x3fU);
    }
    const bool surrogate = point >= 0xd800U && point <= 0xdfffU;
    if (point < lead.least || point > 0x10ffffU || surrogate) return false;
  }
  return true;
}

ParsedNotification NotifyMessage::parse(std::string_view datagram) {
  ParsedNotification parsed;
  parsed.dropped = check_frame(datagram);
  if (parsed.dropped != NotifyDrop::none) return parsed;
  if (datagram.back() == '\0') datagram.remove_suffix(1);
  bool any_line = false;
  while (!datagram.empty()) {
    const auto length = static_cast<std::size_t>(std::find_if(datagram.begin(), datagram.end(), ends_line) -
                                                 datagram.begin());
    const std::string_view line = datagram.substr(0, length);
    datagram.remove_prefix(std::min(length + 1, datagram.size()));
    if (line.empty()) continue;
    any_line = true;
    const auto assignment = split_once(line, '=');
    if (!assignment || !parsed.message.add(assignment->first, assignment->second)) ++parsed.refused;
  }
  if (parsed.message.empty()) parsed.dropped = any_line ? NotifyDrop::no_assignment : NotifyDrop::empty;
  return parsed;
}

bool NotifyMessage::add(std::string_view name, std::string_view value) {
  const KeyRule rule = rule_for(name);
  const bool is_known = rule.key != NotifyKey::unknown && rule.key != NotifyKey::extension;
  if (!(is_known || is_name(name)) || !rule.accepts(value)) return false;
  assignments_.push_back({rule.key, std::string(name), std::string(value)});
  kinds_ |= bit(rule.key);
  return true;
}

std::string NotifyMessage::serialize() const {
  std::string text;
  for (const NotifyAssignment& assignment : assignments_) {
    append(text, text.empty() ? "" : "\n", assignment.name, '=', assignment.value);
  }
  return text;
}

const NotifyAssignment* NotifyMessage::find(NotifyKey key) const noexcept {
  if (!has(key)) return nullptr;
  const auto found = std::find_if(assignments_.begin(), assignments_.end(),
                                  [&](const NotifyAssignment& assignment) { return assignment.key == key; });
  return found == assignments_.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> NotifyMessage::number(NotifyKey key) const noexcept {
  const NotifyAssignment* assignment = find(key);
  if (assignment == nullptr) return std::nullopt;
  return parse_number<std::uint64_t>(assignment->value);
}

NotifyPhase NotifyMessage::phase() const noexcept {
  if (has(NotifyKey::stopping)) return NotifyPhase::stopping;
  if (has(NotifyKey::ready)) return NotifyPhase::ready;
  if (has(NotifyKey::reloading)) return NotifyPhase::reloading;
  return NotifyPhase::unchanged;
}

bool NotifyMessage::is_barrier() const noexcept {
  return assignments_.size() == 1 && assignments_.front().key == NotifyKey::barrier;
}

void NotifyMessage::set_number(NotifyKey key, std::uint64_t number) {
  for (NotifyAssignment& assignment : assignments_) {
    if (assignment.key == key) assignment.value = concat(number);
  }
}

}  // namespace berth::systemd
