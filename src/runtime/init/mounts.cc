#include "runtime/init/mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

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
  context.report.fail_with(code, 0,
                           {"mount ", plan.source.empty() ? plan.type : plan.source, " to ", plan.target});
}

// The filesystem's own words ("tmpfs: Bad value for 'size'") beside the errno.
[[noreturn]] void fail_to_configure(Context& context, const MountPlan& plan,
                                    const sys::FilesystemContext& filesystem) noexcept {
  const int code = errno;
  std::array<char, 256> words{};
  filesystem.explain(words.data(), words.size());
  context.report.fail_with(
      code, 0, {"mount ", plan.type, " to ", plan.target, words[0] == '\0' ? "" : ": ", words.data()});
}

sys::DetachedMount make_filesystem(Context& context, const MountPlan& plan) noexcept {
  const sys::FilesystemContext filesystem(plan.type.c_str());
  if (!filesystem.valid()) fail_to_mount(context, plan);
  if (!plan.source.empty() && !filesystem.set("source", plan.source.c_str()))
    fail_to_configure(context, plan, filesystem);
  for (const auto& [key, value] : plan.options) {
    if (!filesystem.set(key.c_str(), value.empty() ? nullptr : value.c_str()))
      fail_to_configure(context, plan, filesystem);
  }
  // Content is copied into it first where that is asked for.
  std::uint64_t attributes = plan.set;
  if (plan.read_only_last || plan.copy_up) attributes &= ~static_cast<std::uint64_t>(MOUNT_ATTR_RDONLY);
  sys::DetachedMount mount = filesystem.mount(static_cast<unsigned>(attributes));
  if (!mount.valid()) fail_to_configure(context, plan, filesystem);
  return mount;
}

sys::DetachedMount copy_source(Context& context, const MountPlan& plan) noexcept {
  sys::DetachedMount mount =
      plan.mapped_mount >= 0 ? sys::DetachedMount(UniqueFd(::fcntl(plan.mapped_mount, F_DUPFD_CLOEXEC, 3)))
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
  if (!target || !sys::set_mount_attributes(target.get(), plan.set, plan.clear, 0, plan.recursive))
    context.report.fail("remount", plan.target);
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
