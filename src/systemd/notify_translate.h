// What a number said inside means outside: pids through pid namespaces, CLOCK_MONOTONIC through time
// namespaces. pid_namespaces(7), time_namespaces(7), ioctl_nsfs(2).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "systemd/notify_message.h"
#include "systemd/notify_peer.h"

namespace berth::systemd {

// The pid here of the process that is `inner` in the pid namespace of process `anchor`. ESRCH: no such
// process. Asks the kernel (NS_GET_TGID_FROM_PIDNS, Linux 6.11); an older one's /proc is searched.
[[nodiscard]] Result<pid_t> translate_pid(pid_t inner, pid_t anchor);
// The search alone: finds processes of the anchor's own namespace, not of those below it.
[[nodiscard]] Result<pid_t> translate_pid_by_search(pid_t inner, pid_t anchor);

// What to add to a CLOCK_MONOTONIC reading of process `pid` to get ours, in microseconds; 0 in our own time
// namespace.
[[nodiscard]] Result<std::int64_t> monotonic_shift_usec(pid_t pid);
// The monotonic line of /proc/PID/timens_offsets in microseconds.
[[nodiscard]] Result<std::int64_t> parse_monotonic_offset(std::string_view timens_offsets);

// The process behind a pidfd, by our numbers; EINVAL when `fd` is no pidfd, ESRCH when its process has ended.
[[nodiscard]] Result<pid_t> pid_of_pidfd(FdRef fd);

// Rewrites MAINPID= and MONOTONIC_USEC= to what they mean out here; checks MAINPIDFDID= and MAINPIDFD=1
// against the process they name. What cannot be translated, or names a process that is not of the container,
// is removed. `anchor` is the sender, or the container's first process when the sender has ended. Returns how
// many were removed.
unsigned translate(NotifyMessage& message, pid_t anchor, const std::vector<UniqueFd>& fds,
                   const MembershipTest& membership);

}  // namespace berth::systemd
