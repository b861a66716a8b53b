#include "cgroup/cgroup.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/scope_exit.h"
#include "base/text.h"
#include "cgroup/apply.h"
#include "cgroup/controllers.h"
#include "cgroup/settings.h"
#include "cgroup/tree.h"
#include "sys/file.h"

namespace berth::cgroup {

namespace {

constexpr mode_t kDirectoryMode = 0755;

// Wanted for every container even without a limit: they count what it uses, and say when it ran out of
// memory.
constexpr ControllerSet kAccounting = {Controller::cpu, Controller::io, Controller::memory, Controller::pids};

bool not_permitted(const Error& error) noexcept {
  return error.is(EACCES) || error.is(EPERM) || error.is(EROFS);
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// The deepest directory on the way to `path` that is there.
Result<std::string> existing_ancestor(const std::string& path) {
  std::string ancestor = parent_of(path);
  while (!ancestor.empty()) {
    TRY_ASSIGN(const bool here, sys::exists(ancestor));
    if (here) break;
    ancestor = parent_of(ancestor);
  }
  return ancestor;
}

void remove_between(const std::string& path, const std::string& ancestor) noexcept {
  if (ancestor.empty()) return;
  std::string parent = parent_of(path);
  while (parent.size() > ancestor.size() && ::rmdir(parent.c_str()) == 0) parent = parent_of(parent);
}

struct Made {
  bool leaf = false;       // false: it was there
  std::string below = {};  // as Cgroup::made_below_
};

Result<Made> make_leaf(const std::string& path) {
  if (::mkdir(path.c_str(), kDirectoryMode) == 0) return Made{.leaf = true};
  if (errno == EEXIST) return Made{};
  if (errno != ENOENT) return Error::sys("mkdir", path);
  Made made;
  TRY_ASSIGN(made.below, existing_ancestor(path));
  TRY(sys::make_directories(parent_of(path), kDirectoryMode));
  if (::mkdir(path.c_str(), kDirectoryMode) == 0) made.leaf = true;
  if (made.leaf || errno == EEXIST) return made;
  return Error::sys("mkdir", path);
}

// One that bears a container's id is a leftover of a crash, when it is empty: its limits are not to be inherited. One
// that somebody named may have been prepared by him, and stays as it is.
Result<Made> make_anew(const Placement& placement) {
  TRY_ASSIGN(auto made, make_leaf(placement.path));
  if (made.leaf || placement.requested || ::rmdir(placement.path.c_str()) < 0) return made;
  return make_leaf(placement.path);
}

Result<void> check_unused(const Cgroup& group) {
  TRY_ASSIGN(const bool populated, group.is_populated());
  if (populated) return Error::with_errno(EBUSY, "use the cgroup (it has processes)", group.path());
  TRY_ASSIGN(const bool frozen, group.is_frozen());
  if (frozen) TRY(group.thaw());
  return {};
}

void warn_of_ignored(const spec::Resources& resources) {
  for (const std::string& member : ignored_members(resources))
    log::warning(member, ": cgroup v2 has no such limit, it is ignored");
}

}  // namespace

Result<Cgroup> Cgroup::open(const std::string& path) {
  if (path.empty()) return Cgroup();
  TRY_ASSIGN(auto directory, sys::open(path, O_RDONLY | O_DIRECTORY));
  return Cgroup(path, std::move(directory));
}

Result<Cgroup> Cgroup::create(const Placement& placement, const spec::Resources& resources,
                              const ApplyOptions& options) {
  if (!placement.exists()) return Cgroup();
  ControllerSet needed = controllers_for(resources);
  auto made = make_anew(placement);
  if (!made) {
    const bool may_go_without = options.rootless && !placement.requested && needed.empty();
    if (!may_go_without || !not_permitted(made.error())) return std::move(made).error();
    log::debug("without a cgroup: ", made.error().to_string());
    return Cgroup();
  }
  ScopeExit undo([&] {
    if (made->leaf) ::rmdir(placement.path.c_str());
    remove_between(placement.path, made->below);
  });
  TRY_ASSIGN(auto group, open(placement.path));
  group.made_below_ = made->below;
  if (!made->leaf) TRY(check_unused(group));
  needed.add(kAccounting);
  warn_of_ignored(resources);
  TRY_ASSIGN(const ControllerSet has, enable(group.directory_, group.path_, placement.mount_point, needed));
  TRY(apply_limits(group.directory_, group.path_, has, resources));
  if (!options.devices_later)
    TRY(cgroup::filter_devices(group.directory_, resources.devices, made->leaf, options.rootless));
  undo.dismiss();
  return group;
}

void Cgroup::remove_parents() const noexcept {
  remove_between(path_, made_below_);
}

Result<void> Cgroup::apply(const spec::Resources& resources, const ApplyOptions& options) const {
  if (is_none()) {
    if (controllers_for(resources).empty()) return {};
    return Error::message("the container has no cgroup that could take limits", ENOENT);
  }
  warn_of_ignored(resources);
  TRY_ASSIGN(const std::string mount, mount_point());
  TRY_ASSIGN(const ControllerSet has, enable(directory_, path_, mount, controllers_for(resources)));
  TRY(apply_limits(directory_, path_, has, completed(resources)));
  if (resources.devices.empty()) return {};
  return filter_devices(resources, options);
}

spec::Resources Cgroup::completed(const spec::Resources& change) const {
  return cgroup::completed(directory_, change);
}

Result<void> Cgroup::filter_devices(const spec::Resources& resources, const ApplyOptions& options) const {
  if (is_none()) return {};
  return cgroup::filter_devices(directory_, resources.devices, false, options.rootless);
}

Result<void> Cgroup::add_process(pid_t pid) const {
  if (is_none()) return {};
  return sys::write_existing_at(directory_, "cgroup.procs", concat(pid)).context("join cgroup", path_);
}

Result<void> Cgroup::delegate(uid_t uid) const {
  if (is_none()) return {};
  if (::fchown(directory_.get(), uid, static_cast<gid_t>(-1)) < 0) return Error::sys("chown", path_);
  std::string files = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
  if (auto listed = sys::read_file("/sys/kernel/cgroup/delegate")) files = std::move(*listed);
  for (const std::string_view file : split(files, '\n')) {
    const std::string name(file);
    if (name.empty() || name.find('/') != std::string::npos) continue;
    // The list is the kernel's; a controller that is not enabled here has no file.
    if (::fchownat(directory_.get(), name.c_str(), uid, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) < 0 &&
        errno != ENOENT)
      return Error::sys("chown", concat(path_, '/', name));
  }
  return {};
}

}  // namespace berth::cgroup
