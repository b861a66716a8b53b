#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

// SCMP_ACT_ERRNO's value travels in the 16 bits of SECCOMP_RET_DATA; the kernel caps an errno at 4095.
constexpr std::uint32_t kMaxErrno = 4095;

Result<void> check_errno(const std::optional<std::uint32_t>& number, const Place& at) {
  if (number && *number > kMaxErrno)
    return at.expected(concat("an errno up to ", kMaxErrno), static_cast<std::int64_t>(*number));
  return {};
}

Result<void> check_rule(const SeccompRule& rule, const Place& at) {
  if (rule.names.empty()) return at.member("names").error("expected at least one syscall, found none");
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    if (rule.names[i].empty()) return at.member("names").element(i).expected("the name of a syscall", "");
    // The payload's own report that a listener waits goes through write(2): it would never arrive.
    if (rule.action == SeccompAction::notify && rule.names[i] == "write")
      return at.error("expected SCMP_ACT_NOTIFY for other syscalls than write");
  }
  for (std::size_t i = 0; i < rule.args.size(); ++i) {
    if (rule.args[i].index > 5)
      return at.member("args").element(i).member("index").expected(
          "a number from 0 to 5", static_cast<std::int64_t>(rule.args[i].index));
  }
  return check_errno(rule.errno_return, at.member("errnoRet"));
}

}  // namespace

Result<void> check_seccomp(const Seccomp& seccomp, const Place& at) {
  if (seccomp.default_action == SeccompAction::notify)
    return at.member("defaultAction").expected("an action other than", to_text(seccomp.default_action));
  TRY(check_errno(seccomp.default_errno_return, at.member("defaultErrnoRet")));
  bool notifies = false;
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    TRY(check_rule(seccomp.syscalls[i], at.member("syscalls").element(i)));
    notifies = notifies || seccomp.syscalls[i].action == SeccompAction::notify;
  }
  if (notifies && seccomp.listener_path.empty())
    return at.member("listenerPath")
        .error("expected a socket's path, since SCMP_ACT_NOTIFY is used, found none");
  if (!seccomp.listener_path.empty() && !seccomp.listener_path.starts_with('/'))
    return at.member("listenerPath").expected("an absolute path", seccomp.listener_path);
  if (!seccomp.listener_metadata.empty() && seccomp.listener_path.empty())
    return at.member("listenerMetadata").error("expected only together with listenerPath");
  return {};
}

}  // namespace berth::spec
