// What a container may write to its notify socket: any bytes. Parsing, policy and serialization never crash, and what
// passes is what the manager would understand: it parses again to the same, holds no forbidden assignment and no line
// of its own making.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "systemd/notify_policy.h"
#include "systemd/notify_translate.h"
#include "tests/fuzz/require.h"

using namespace berth::systemd;
using berth::fuzz::require;

namespace {

void check_policy(const NotifyMessage& message, std::uint8_t choice) {
  NotifyPolicy policy;
  policy.mode = static_cast<NotifyMode>(choice & 3U);
  policy.allow = {.main_pid = (choice & 4U) != 0,
                  .notify_access = (choice & 8U) != 0,
                  .fd_store = (choice & 16U) != 0,
                  .fd_quota = 2};
  const NotifyContext context = {.fds = static_cast<std::size_t>(choice >> 6U),
                                 .host_is_ready = (choice & 32U) != 0};
  const PolicyVerdict verdict = apply_policy(message, policy, context);
  require(verdict.message.empty() == (verdict.dropped != NotifyDrop::none));
  require(policy.allow.main_pid || !verdict.message.has(NotifyKey::main_pid));
  require(policy.allow.notify_access || !verdict.message.has(NotifyKey::notify_access));
  require(policy.allow.fd_store || !verdict.message.has(NotifyKey::fd_store));
  require(!verdict.message.has(NotifyKey::unknown));
  require(!verdict.message.has(NotifyKey::barrier) || (verdict.message.is_barrier() && context.fds == 1));
  require(verdict.message.serialize().size() <= kMaxNotification);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = NotifyMessage::parse(bytes.substr(1));
  require(parsed.message.empty() == (parsed.dropped != NotifyDrop::none));
  const auto again = NotifyMessage::parse(parsed.message.serialize());
  require(parsed.message.empty() || again.message.assignments() == parsed.message.assignments());
  require(again.refused == 0);
  check_policy(parsed.message, data[0]);
  static_cast<void>(parse_monotonic_offset(bytes));
  static_cast<void>(unified_cgroup(bytes));
  return 0;
}
