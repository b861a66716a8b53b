// The eight kinds of namespaces: their CLONE_ flag and their name below /proc/PID/ns. namespaces(7).
#pragma once

#include <sched.h>

#include <array>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace berth::sys {

struct NamespaceKind {
  int flag;
  const char* proc_name;
};

// User first: a process that has joined it may join what it owns.
inline constexpr std::array<NamespaceKind, 8> kNamespaceKinds = {{
    {CLONE_NEWUSER, "user"},
    {CLONE_NEWIPC, "ipc"},
    {CLONE_NEWUTS, "uts"},
    {CLONE_NEWNET, "net"},
    {CLONE_NEWPID, "pid"},
    {CLONE_NEWNS, "mnt"},
    {CLONE_NEWCGROUP, "cgroup"},
    {CLONE_NEWTIME, "time"},
}};

}  // namespace berth::sys
