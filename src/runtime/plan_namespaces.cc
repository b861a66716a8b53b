#include "runtime/plan_namespaces.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/text.h"
#include "sys/file.h"
#include "sys/namespaces.h"
#include "sys/privilege.h"

namespace berth::runtime {

namespace {

constexpr int flag_of(spec::NamespaceType type) {
  switch (type) {
    case spec::NamespaceType::pid:
      return CLONE_NEWPID;
    case spec::NamespaceType::network:
      return CLONE_NEWNET;
    case spec::NamespaceType::mount:
      return CLONE_NEWNS;
    case spec::NamespaceType::ipc:
      return CLONE_NEWIPC;
    case spec::NamespaceType::uts:
      return CLONE_NEWUTS;
    case spec::NamespaceType::user:
      return CLONE_NEWUSER;
    case spec::NamespaceType::cgroup:
      return CLONE_NEWCGROUP;
    case spec::NamespaceType::time:
      return CLONE_NEWTIME;
  }
  return 0;
}

std::vector<init::IdRange> ranges(const std::vector<spec::IdMapping>& mappings) {
  std::vector<init::IdRange> out;
  out.reserve(mappings.size());
  for (const spec::IdMapping& m : mappings) out.push_back({m.container_id, m.host_id, m.size});
  return out;
}

std::string time_offsets(const spec::Linux& linux_config) {
  std::string out;
  for (const auto& [clock, offset] : linux_config.time_offsets)
    append(out, clock, ' ', offset.seconds, ' ', offset.nanoseconds, '\n');
  return out;
}

}  // namespace

Result<void> plan_namespaces(const spec::Linux& linux_config, PreparedPlan& prepared) {
  init::NamespacePlan& plan = prepared.plan.namespaces;
  // In the order in which they can be joined: what a user namespace owns, after it.
  for (const sys::NamespaceKind& kind : sys::kNamespaceKinds) {
    for (const spec::Namespace& ns : linux_config.namespaces) {
      if (flag_of(ns.type) != kind.flag) continue;
      if (ns.path.empty()) {
        plan.created |= static_cast<std::uint64_t>(kind.flag);
        continue;
      }
      TRY_ASSIGN(UniqueFd fd,
                 sys::open(ns.path, O_RDONLY).context(concat("linux.namespaces: ", kind.proc_name)));
      plan.joined.push_back({kind.flag, prepared.keep(std::move(fd))});
    }
  }
  plan.uid_map = ranges(linux_config.uid_mappings);
  plan.gid_map = ranges(linux_config.gid_mappings);
  plan.time_offsets = time_offsets(linux_config);
  const bool makes_user = (plan.created & CLONE_NEWUSER) != 0;
  plan.in_user_namespace = (all_namespaces(plan) & CLONE_NEWUSER) != 0;
  const bool maps_own_gid_only =
      makes_user && ::geteuid() != 0 && plan.gid_map.size() == 1 && plan.gid_map.front().size == 1;
  plan.deny_setgroups = maps_own_gid_only || sys::setgroups_denied();
  return {};
}

std::uint64_t all_namespaces(const init::NamespacePlan& plan) {
  std::uint64_t all = plan.created;
  for (const init::JoinedNamespace& ns : plan.joined) all |= static_cast<std::uint64_t>(ns.flag);
  return all;
}

}  // namespace berth::runtime
