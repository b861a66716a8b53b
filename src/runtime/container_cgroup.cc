#include "runtime/container_cgroup.h"

#include <algorithm>

#include "cgroup/placement.h"
#include "sys/privilege.h"

namespace berth::runtime {

namespace {

constexpr int kKillWaitMs = 10'000;

// Who owns the container's cgroup when it is to make children there (systemd inside does): the container's root, if he
// is somebody else on the host and sees a tree of his own that he may write to. runc's rule.
std::optional<uid_t> cgroup_owner(const spec::Config& config) {
  const spec::Namespace* cgroup = config.linux.find(spec::NamespaceType::cgroup);
  const bool own_tree = cgroup != nullptr && cgroup->path.empty();
  if (!own_tree || config.linux.uid_mappings.empty()) return std::nullopt;
  for (const spec::Mount& mount : config.mounts) {
    const bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
    const bool read_only = std::find(mount.options.begin(), mount.options.end(), "ro") != mount.options.end();
    if (is_cgroup && !read_only) return spec::to_host(config.linux.uid_mappings, 0);
  }
  return std::nullopt;
}

}  // namespace

ContainerCgroup::~ContainerCgroup() {
  placeholder_.reset();
  if (!armed_ || group_.is_none()) return;
  if (is_scope_) {
    ignore(close_scope(group_));
    return;
  }
  ignore(group_.kill());
  ignore(group_.wait_empty(kKillWaitMs));
  ignore(group_.remove());
  group_.remove_parents();
}

// Its path is known only when it is there. Should we die in between, it ends with its placeholder.
Result<ContainerCgroup> ContainerCgroup::reserve_scope(const spec::Config& config, const StateDir& state,
                                                       contract::ContainerRecord& record) {
  TRY(state.write_reservation(record));
  TRY_ASSIGN(auto scope, open_scope(config, record.id));
  record.cgroup = scope.group.path();
  record.scope = scope.unit;
  ContainerCgroup made(std::move(scope));
  if (const auto owner = cgroup_owner(config)) TRY(made.group_.delegate(*owner));
  TRY(state.write_reservation(record));
  return made;
}

Result<ContainerCgroup> ContainerCgroup::reserve(const spec::Config& config, Kind kind, const StateDir& state,
                                                 contract::ContainerRecord& record) {
  if (kind == Kind::scope) return reserve_scope(config, state, record);
  if (kind == Kind::none) {
    TRY(state.write_reservation(record));
    return ContainerCgroup(cgroup::Cgroup());
  }
  TRY_ASSIGN(const auto placement,
             cgroup::place({.cgroups_path = config.linux.cgroups_path, .id = record.id}).context("cgroup"));
  record.cgroup = placement.path;
  TRY(state.write_reservation(record));
  const cgroup::ApplyOptions options{.rootless = !sys::is_machine_root(), .devices_later = true};
  TRY_ASSIGN(auto group, cgroup::Cgroup::create(placement, config.linux.resources, options));
  if (group.is_none()) record.cgroup.clear();
  ContainerCgroup made(std::move(group));
  if (const auto owner = cgroup_owner(config)) TRY(made.group_.delegate(*owner));
  return made;
}

}  // namespace berth::runtime
