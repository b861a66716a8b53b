#include "runtime/init/mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "runtime/init/copy_up.h"
#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

UniqueFd open_target(Context& context, const MountPlan& plan) noexcept {
  const bool directory = plan.kind != MountPlan::Kind::bind || plan.source_is_directory;
  UniqueFd target = directory ? sys::make_directory_in_root(context.root.get(), plan.target.c_str())
                              : sys::make_file_in_root(context.root.get(), plan.target.c_str());
  if (!target) context.report.fail("open the mount point", plan.target);
  return target;
}

[[noreturn]] void fail_to_mount(Context& context, const MountPlan& plan) noexcept {
  const int code = errno;
  context.report.fail_with(
      code, 0, {plan.name, ": mount ", plan.source.empty() ? plan.type : plan.source, " to ", plan.target});
}

// The filesystem's own words ("tmpfs: Bad value for 'size'") beside the errno.
[[noreturn]] void fail_to_configure(Context& context, const MountPlan& plan,
                                    const sys::FilesystemContext& filesystem,
                                    std::string_view option = {}) noexcept {
  const int code = errno;
  std::array<char, 256> words{};
  filesystem.explain(words.data(), words.size());
  context.report.fail_with(code, 0,
                           {plan.name, option.empty() ? "" : ".options: ", option, ": mount ", plan.type,
                            " to ", plan.target, words[0] == '\0' ? "" : ": ", words.data()});
}

// Content is copied into it first where that is asked for.
std::uint64_t first_attributes(const MountPlan& plan) noexcept {
  const bool later = plan.read_only_last || plan.copy_up;
  return later ? plan.set & ~static_cast<std::uint64_t>(MOUNT_ATTR_RDONLY) : plan.set;
}

// The way of mount(2), which takes longer options but wants a place in the tree: one of the host's that no image can move, in our
// own mount namespace, and only until there is a detached copy.
sys::DetachedMount make_by_long_options(Context& context, const MountPlan& plan) noexcept {
  constexpr const char* kPlace = "/proc";
  const std::uint64_t attributes = first_attributes(plan);
  const bool read_only = (attributes & MOUNT_ATTR_RDONLY) != 0;
  const unsigned long flags = plan.joined_flags | (read_only ? 0UL + MS_RDONLY : 0UL);
  if (::mount(plan.source.empty() ? plan.type.c_str() : plan.source.c_str(), kPlace, plan.type.c_str(), flags,
              plan.joined_options.c_str()) != 0)
    fail_to_mount(context, plan);
  sys::DetachedMount mount = sys::DetachedMount::copy_of(AT_FDCWD, kPlace, false);
  if (!mount.valid() || ::umount2(kPlace, MNT_DETACH) != 0 || !mount.set_attributes(attributes, 0, 0, false))
    fail_to_mount(context, plan);
  return mount;
}

sys::DetachedMount make_filesystem(Context& context, const MountPlan& plan) noexcept {
  if (!plan.joined_options.empty()) return make_by_long_options(context, plan);
  const sys::FilesystemContext filesystem(plan.type.c_str());
  if (!filesystem.valid()) fail_to_mount(context, plan);
  if (!plan.source.empty() && !filesystem.set("source", plan.source.c_str()))
    fail_to_configure(context, plan, filesystem);
  for (const auto& [key, value] : plan.options) {
    if (!filesystem.set(key.c_str(), value.empty() ? nullptr : value.c_str()))
      fail_to_configure(context, plan, filesystem, key);
  }
  // A device that cannot be written to must be told to the filesystem too, not to the mount alone.
  const std::uint64_t attributes = first_attributes(plan);
  if ((attributes & MOUNT_ATTR_RDONLY) != 0 && plan.source.starts_with('/') && !filesystem.set("ro", nullptr))
    fail_to_configure(context, plan, filesystem);
  sys::DetachedMount mount = filesystem.mount(static_cast<unsigned>(attributes));
  if (!mount.valid()) fail_to_configure(context, plan, filesystem);
  return mount;
}

sys::DetachedMount copy_source(Context& context, const MountPlan& plan) noexcept {
  sys::DetachedMount mount =
      plan.source_mount >= 0 ? sys::DetachedMount(UniqueFd(::fcntl(plan.source_mount, F_DUPFD_CLOEXEC, 3)))
                             : sys::DetachedMount::copy_of(AT_FDCWD, plan.source.c_str(), plan.recursive);
  if (!mount.valid()) fail_to_mount(context, plan);
  // Plain attributes are the top mount's; only the "r" forms go down the tree.
  if ((plan.set | plan.clear) != 0 && !mount.set_attributes(plan.set, plan.clear, 0, false))
    fail_to_mount(context, plan);
  return mount;
}

void finish(Context& context, const MountPlan& plan, const sys::DetachedMount& mount) noexcept {
  if ((plan.recursive_set | plan.recursive_clear) != 0 &&
      !mount.set_attributes(plan.recursive_set, plan.recursive_clear, 0, true))
    fail_to_mount(context, plan);
}

// "remount": other attributes for a mount that is there already.
void reconfigure(Context& context, const MountPlan& plan) noexcept {
  const UniqueFd target = sys::open_in_root(context.root.get(), plan.target.c_str(), O_PATH);
  bool done = target && sys::set_mount_attributes(target.get(), plan.set, plan.clear, 0, plan.recursive);
  if (done && (plan.recursive_set | plan.recursive_clear) != 0)
    done = sys::set_mount_attributes(target.get(), plan.recursive_set, plan.recursive_clear, 0, true);
  for (const auto& [propagation, recursive] : plan.propagation)
    done = done && sys::set_mount_attributes(target.get(), 0, 0, propagation, recursive);
  if (!done) context.report.fail_with(errno, 0, {plan.name, ": remount ", plan.target});
}

// SELinux, for a filesystem that does not take context=. By descriptor, through the procfs of the host.
void label_root(Context& context, const MountPlan& plan, const sys::DetachedMount& mount) noexcept {
  if (plan.label.empty()) return;
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", mount.fd());
  if (::setxattr(path.data(), "security.selinux", plan.label.c_str(), plan.label.size() + 1, 0) != 0)
    context.report.fail_with(errno, 0, {"linux.mountLabel: label ", plan.target});
}

void mount_one(Context& context, const MountPlan& plan) noexcept {
  if (plan.kind == MountPlan::Kind::reconfigure) return reconfigure(context, plan);
  const sys::DetachedMount mount =
      plan.kind == MountPlan::Kind::bind ? copy_source(context, plan) : make_filesystem(context, plan);
  const UniqueFd target = open_target(context, plan);
  if (plan.copy_up) {
    copy_up(context, plan, target.get(), mount.fd());
    if ((plan.set & MOUNT_ATTR_RDONLY) != 0 && !mount.set_attributes(MOUNT_ATTR_RDONLY, 0, 0, false))
      fail_to_mount(context, plan);
  }
  finish(context, plan, mount);
  label_root(context, plan, mount);
  if (!mount.attach(target.get())) fail_to_mount(context, plan);
  for (const auto& [propagation, recursive] : plan.propagation) {
    if (!mount.set_attributes(0, 0, propagation, recursive))
      context.report.fail("set the propagation of", plan.target);
  }
}

}  // namespace

void mount_all(Context& context) noexcept {
  for (const MountPlan& mount : context.plan.root->mounts) mount_one(context, mount);
}

}  // namespace berth::runtime::init
