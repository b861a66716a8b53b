// NotifyPeer: the process that sent a message, by the kernel's word (SCM_CREDENTIALS), and whether it belongs
// to the container. unix(7), pid_namespaces(7), cgroups(7).
//
// A short-lived sender (a shell that runs systemd-notify --no-block) may have ended before its message is
// read: then nothing can be learned of it any more (Membership::unknown).
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <functional>
#include <string>

#include "base/result.h"
#include "sys/pidfd.h"

namespace berth::systemd {

struct NotifyPeer {
  pid_t pid = 0;  // in our pid namespace; 0: not visible from it
  uid_t uid = 0;
  gid_t gid = 0;
  sys::PidFd process;  // invalid once the sender has ended

  static NotifyPeer of(const ucred& credentials);
  [[nodiscard]] bool alive() const;
};

enum class Membership : std::uint8_t { member, stranger, unknown };
using MembershipTest = std::function<Membership(pid_t pid)>;

// At `cgroup` or below it: "/web.service/container" as /proc/PID/cgroup shows it (the v2 line).
[[nodiscard]] Membership in_cgroup(pid_t pid, std::string_view cgroup);
// In the pid namespace with this inode, or in one below it. For containers that have their own.
[[nodiscard]] Membership in_pid_namespace(pid_t pid, ino_t pid_namespace);
// The right one of the two for the container whose first process is `init`: by its pid namespace if it has one of its
// own, else by its cgroup if that is not ours. An empty function (everybody) when neither tells it from us.
[[nodiscard]] MembershipTest membership_of(pid_t init);
// The inode of /proc/PID/ns/NAME.
[[nodiscard]] Result<ino_t> namespace_inode(pid_t pid, std::string_view name);

// The path in the "0::" line of a /proc/PID/cgroup; empty when there is none.
[[nodiscard]] std::string_view unified_cgroup(std::string_view proc_cgroup) noexcept;

}  // namespace berth::systemd
