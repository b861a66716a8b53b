#include "systemd/notify_translate.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::systemd {

namespace {

// <linux/nsfs.h> of Linux 6.11; Debian 12's headers are older.
constexpr unsigned long kGetTgidFromPidns = _IOR(0xb7, 0x7, int);

// The line "Name:<blank>value" of a /proc file.
std::string_view field_of(std::string_view content, std::string_view name) {
  for (const std::string_view line : split(content, '\n')) {
    if (line.starts_with(name)) return trim(line.substr(name.size()));
  }
  return {};
}

bool is_in_namespace_as(std::string_view pid, ino_t pid_namespace, pid_t inner) {
  const auto number = parse_number<pid_t>(pid);
  if (!number) return false;
  const auto inode = namespace_inode(*number, "pid");
  if (!inode || *inode != pid_namespace) return false;
  const auto status = sys::read_file(concat("/proc/", pid, "/status"));
  if (!status) return false;
  const std::string_view numbers = field_of(*status, "NSpid:");
  const auto last = numbers.find_last_of(" \t");
  return parse_number<pid_t>(numbers.substr(last == std::string_view::npos ? 0 : last + 1)) == inner;
}

void remove_main_pid(NotifyMessage& message) {
  message.remove(NotifyKey::main_pid);
  message.remove(NotifyKey::main_pidfd_id);
  message.remove(NotifyKey::main_pidfd);
}

// A pidfd's inode names its process for good where pidfs has it (Linux 6.9); elsewhere the check cannot be
// made.
bool has_pidfd_inode(pid_t pid, std::uint64_t inode) {
  const auto process = sys::PidFd::open(pid);
  struct stat status {};
  return process && ::fstat(process->fd().get(), &status) == 0 && status.st_ino == inode;
}

bool is_member(pid_t pid, const MembershipTest& membership) {
  return !membership || membership(pid) == Membership::member;
}

// True when the message's main process is known, of the container, and now named by our number.
bool translate_main_pid(NotifyMessage& message, pid_t anchor, const std::vector<UniqueFd>& fds,
                        const MembershipTest& membership) {
  if (message.has(NotifyKey::main_pidfd)) {
    if (fds.size() != 1) return false;
    const auto pid = pid_of_pidfd(fds.front());
    if (!pid || !is_member(*pid, membership)) return false;
    message.set_number(NotifyKey::main_pid, static_cast<std::uint64_t>(*pid));
    return true;
  }
  const auto inner = message.number(NotifyKey::main_pid);
  if (!inner) return false;
  const auto pid = translate_pid(static_cast<pid_t>(*inner), anchor);
  if (!pid || !is_member(*pid, membership)) return false;
  const auto inode = message.number(NotifyKey::main_pidfd_id);
  if (inode && !has_pidfd_inode(*pid, *inode)) return false;
  message.set_number(NotifyKey::main_pid, static_cast<std::uint64_t>(*pid));
  return true;
}

bool names_main_pid(const NotifyMessage& message) {
  return message.has(NotifyKey::main_pid) || message.has(NotifyKey::main_pidfd_id) ||
         message.has(NotifyKey::main_pidfd);
}

void translate_monotonic(NotifyMessage& message, pid_t anchor) {
  const auto inside = message.number(NotifyKey::monotonic_usec);
  if (!inside) return;
  const auto shift = monotonic_shift_usec(anchor);
  // A sender whose clock cannot be looked up is taken to have ours, as nearly every container has.
  if (!shift || *shift == 0) return;
  std::int64_t outside = 0;
  if (__builtin_add_overflow(*inside, *shift, &outside)) return;  // no clock says such a time
  message.set_number(NotifyKey::monotonic_usec, outside < 0 ? 0 : static_cast<std::uint64_t>(outside));
}

}  // namespace

Result<pid_t> translate_pid(pid_t inner, pid_t anchor) {
  TRY_ASSIGN(const UniqueFd pid_namespace, sys::open(concat("/proc/", anchor, "/ns/pid"), O_RDONLY));
  const int pid = ::ioctl(pid_namespace.get(), kGetTgidFromPidns, static_cast<unsigned long>(inner));
  if (pid > 0) return pid;
  if (pid < 0 && errno == ENOTTY) return translate_pid_by_search(inner, anchor);
  return Error::with_errno(ESRCH, "translate pid", concat(inner));
}

Result<pid_t> translate_pid_by_search(pid_t inner, pid_t anchor) {
  TRY_ASSIGN(const ino_t pid_namespace, namespace_inode(anchor, "pid"));
  TRY_ASSIGN(const auto names, sys::list_directory("/proc"));
  for (const std::string& name : names) {
    if (is_in_namespace_as(name, pid_namespace, inner)) return parse_number<pid_t>(name).value_or(0);
  }
  return Error::with_errno(ESRCH, "translate pid", concat(inner));
}

Result<std::int64_t> parse_monotonic_offset(std::string_view timens_offsets) {
  const std::string_view numbers = field_of(timens_offsets, "monotonic");
  const auto blank = numbers.find_first_of(" \t");
  if (blank == std::string_view::npos) return Error::invalid("timens_offsets", "no monotonic line");
  const auto seconds = parse_number<std::int64_t>(numbers.substr(0, blank));
  const auto nanoseconds = parse_number<std::int64_t>(trim(numbers.substr(blank)));
  if (!seconds || !nanoseconds) return Error::invalid("timens_offsets", "not two numbers");
  return *seconds * 1000000 + *nanoseconds / 1000;
}

Result<std::int64_t> monotonic_shift_usec(pid_t pid) {
  TRY_ASSIGN(const ino_t theirs, namespace_inode(pid, "time"));
  TRY_ASSIGN(const ino_t ours, namespace_inode(::getpid(), "time"));
  if (theirs == ours) return std::int64_t{0};
  TRY_ASSIGN(const std::string their_offsets, sys::read_file(concat("/proc/", pid, "/timens_offsets")));
  TRY_ASSIGN(const std::string our_offsets, sys::read_file("/proc/self/timens_offsets"));
  TRY_ASSIGN(const std::int64_t theirs_usec, parse_monotonic_offset(their_offsets));
  TRY_ASSIGN(const std::int64_t ours_usec, parse_monotonic_offset(our_offsets));
  return ours_usec - theirs_usec;
}

Result<pid_t> pid_of_pidfd(FdRef fd) {
  TRY_ASSIGN(const std::string kind, sys::read_link(concat("/proc/self/fd/", fd.get())));
  if (kind != "anon_inode:[pidfd]" && !kind.starts_with("pidfd:"))
    return Error::invalid("MAINPIDFD", "not a pidfd");
  TRY_ASSIGN(const std::string info, sys::read_file(concat("/proc/self/fdinfo/", fd.get())));
  const auto pid = parse_number<pid_t>(field_of(info, "Pid:"));
  if (!pid) return Error::invalid("MAINPIDFD", "not a pidfd");
  if (*pid <= 0) return Error::with_errno(ESRCH, "MAINPIDFD");
  return *pid;
}

unsigned translate(NotifyMessage& message, pid_t anchor, const std::vector<UniqueFd>& fds,
                   const MembershipTest& membership) {
  translate_monotonic(message, anchor);
  if (!names_main_pid(message)) return 0;
  const std::size_t before = message.assignments().size();
  if (!translate_main_pid(message, anchor, fds, membership)) remove_main_pid(message);
  return static_cast<unsigned>(before - message.assignments().size());
}

}  // namespace berth::systemd
