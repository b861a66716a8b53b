// Joining and making namespaces: setns(2), unshare(2), user_namespaces(7), cgroup_namespaces(7),
// time_namespaces(7).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// Uid and gid 0 of the user namespace that the process is in.
void become_namespace_root(Context& context) noexcept;
void join_namespaces(Context& context) noexcept;
// The cgroup namespace, whose root is the cgroup in which the process is now (clone3 would take the parent's), and
// the time namespace with its offsets.
void make_late_namespaces(Context& context) noexcept;

// Joins all of the plan but time namespaces; false with errno, and in `failed` the flag of the one that could not be.
[[nodiscard]] bool join_all(const NamespacePlan& plan, int& failed) noexcept;
// A time namespace wants a process that shares its memory with nobody (joining_clone()'s copy does).
void join_time_namespace(Context& context) noexcept;
[[nodiscard]] const char* namespace_name(int flag) noexcept;

}  // namespace berth::runtime::init
