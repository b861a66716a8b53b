// Whether we may act for the whole machine: an ordinary user may not, and he is one still as the root of a user namespace
// of his own (rootless podman runs its runtime as that).
#pragma once

#include <sys/types.h>

namespace berth::sys {

[[nodiscard]] bool in_initial_user_namespace() noexcept;

// False for an ordinary user, and for the root of a user namespace in which the machine's own first process is a stranger.
// True for root in a container with a user namespace and an init of its own, which is a machine to itself.
[[nodiscard]] bool is_machine_root() noexcept;

// Our effective uid as those outside our user namespace know it: user_namespaces(7).
[[nodiscard]] uid_t outside_uid();

// Whether our user namespace forbids setgroups(2), and with it any that is made below it.
[[nodiscard]] bool setgroups_denied();

}  // namespace berth::sys
