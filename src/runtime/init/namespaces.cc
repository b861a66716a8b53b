#include "runtime/init/namespaces.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <unistd.h>

#include "runtime/init/proc_file.h"
#include "sys/namespaces.h"

namespace berth::runtime::init {

namespace {

void make_time_namespace(Context& context) noexcept {
  const NamespacePlan& plan = context.plan.namespaces;
  if ((plan.created & CLONE_NEWTIME) == 0) return;
  if (::unshare(CLONE_NEWTIME) != 0) context.report.fail("make a time namespace");
  if (!plan.time_offsets.empty() && !write_own_proc(context.proc, "timens_offsets", plan.time_offsets))
    context.report.fail("set the offsets of the time namespace");
  // unshare makes it for children only; we enter it ourselves (Linux 6.0 would at execve, earlier ones not).
  const UniqueFd made = open_own_proc(context.proc, "ns/time_for_children", O_RDONLY);
  if (!made || ::setns(made.get(), CLONE_NEWTIME) != 0) context.report.fail("enter the time namespace");
}

}  // namespace

const char* namespace_name(int flag) noexcept {
  for (const sys::NamespaceKind& kind : sys::kNamespaceKinds) {
    if (kind.flag == flag) return kind.proc_name;
  }
  return "container's";
}

void become_namespace_root(Context& context) noexcept {
  // The groups first: they can no longer be dropped by another user. Not permitted where setgroups is denied.
  if (!context.plan.namespaces.deny_setgroups && ::setgroups(0, nullptr) != 0 && errno != EPERM)
    context.report.fail("drop the groups of the caller");
  if (::setresgid(0, 0, 0) != 0) context.report.fail("become gid 0 of the user namespace");
  if (::setresuid(0, 0, 0) != 0) context.report.fail("become uid 0 of the user namespace");
}

bool join_all(const NamespacePlan& plan, int& failed) noexcept {
  for (const JoinedNamespace& ns : plan.joined) {
    if (ns.flag == CLONE_NEWTIME || ::setns(ns.fd, ns.flag) == 0) continue;
    failed = ns.flag;
    return false;
  }
  return true;
}

void join_namespaces(Context& context) noexcept {
  int failed = 0;
  if (join_all(context.plan.namespaces, failed)) return;
  const int code = errno;
  context.report.fail_with(code, 0, {"join the ", namespace_name(failed), " namespace"});
}

void join_time_namespace(Context& context) noexcept {
  for (const JoinedNamespace& ns : context.plan.namespaces.joined) {
    if (ns.flag == CLONE_NEWTIME && ::setns(ns.fd, ns.flag) != 0)
      context.report.fail("join the time namespace");
  }
}

void make_late_namespaces(Context& context) noexcept {
  if ((context.plan.namespaces.created & CLONE_NEWCGROUP) != 0 && ::unshare(CLONE_NEWCGROUP) != 0)
    context.report.fail("make a cgroup namespace");
  make_time_namespace(context);
}

}  // namespace berth::runtime::init
