#include "runtime/init/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;

void pivot(Context& context) noexcept {
  if (::fchdir(context.root.get()) != 0) context.report.fail("enter the root", context.plan.root->path);
  // Old and new root on the same place, old on top: no directory for it is needed in the image.
  if (::syscall(SYS_pivot_root, ".", ".") != 0) context.report.fail("pivot_root to", context.plan.root->path);
  // "." is the old root. It was made slave or private, so nothing of this is seen on the host.
  if (::umount2(".", MNT_DETACH) != 0) context.report.fail("unmount the old root");
}

// For hosts whose root is the initial ramfs, which cannot be pivoted away.
void move_and_chroot(Context& context) noexcept {
  if (::fchdir(context.root.get()) != 0) context.report.fail("enter the root", context.plan.root->path);
  if (::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0) context.report.fail("move the root to /");
  if (::chroot(".") != 0) context.report.fail("chroot to", context.plan.root->path);
}

}  // namespace

void enter_root_mount(Context& context) noexcept {
  const RootPlan& plan = *context.plan.root;
  // Slave or private: what we mount stays ours, and pivot_root refuses shared mounts.
  if (::mount(nullptr, "/", nullptr, plan.propagation, nullptr) != 0)
    context.report.fail("set the propagation of the mount namespace");
  const sys::DetachedMount copy = sys::DetachedMount::copy_of(AT_FDCWD, plan.path.c_str(), true);
  if (!copy.valid()) context.report.fail("open the root filesystem", plan.path);
  const UniqueFd place(::open(plan.path.c_str(), kDirectory));
  if (!place || !copy.attach(place.get())) context.report.fail("mount the root filesystem", plan.path);
  context.root = UniqueFd(::openat(copy.fd(), ".", kDirectory));
  if (!context.root) context.report.fail("open the root filesystem", plan.path);
}

void change_root(Context& context) noexcept {
  if (context.plan.root->pivot) {
    pivot(context);
  } else {
    move_and_chroot(context);
  }
  if (::chdir("/") != 0) context.report.fail("enter the new root");
}

void seal_root(Context& context) noexcept {
  const RootPlan& plan = *context.plan.root;
  for (const MountPlan& mount : plan.mounts) {
    if (!mount.read_only_last) continue;
    const UniqueFd target = sys::open_in_root(context.root.get(), mount.target.c_str(), O_PATH);
    if (!target || !sys::set_mount_attributes(target.get(), MOUNT_ATTR_RDONLY, 0, 0, false))
      context.report.fail("make read-only", mount.target);
  }
  if (plan.root_propagation != 0 && ::mount(nullptr, "/", nullptr, plan.root_propagation, nullptr) != 0)
    context.report.fail("set the propagation of the root");
  if (plan.read_only && !sys::set_mount_attributes(context.root.get(), MOUNT_ATTR_RDONLY, 0, 0, false))
    context.report.fail("make the root read-only");
}

void open_current_root(Context& context) noexcept {
  context.root = UniqueFd(::open("/", kDirectory));
  if (!context.root) context.report.fail("open the container's root");
}

}  // namespace berth::runtime::init
