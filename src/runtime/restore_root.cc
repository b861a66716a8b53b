#include "runtime/restore_root.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "runtime/plan_mounts.h"
#include "sys/file.h"
#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime {

namespace {

constexpr int kDirectory = O_PATH | O_DIRECTORY;

// A copy of the root filesystem, with what is mounted below it.
Result<void> mount_copy(const std::string& source, const std::string& target) {
  const sys::DetachedMount copy = sys::DetachedMount::copy_of(AT_FDCWD, source.c_str(), true);
  TRY_ASSIGN(const UniqueFd place, sys::open(target, kDirectory));
  if (!copy.valid() || !copy.attach(place.get())) return Error::sys("mount", source);
  return {};
}

// What criu will mount by itself: nothing of it is needed here but room for the mount points below.
sys::DetachedMount scratch_mount() {
  const sys::FilesystemContext tmpfs("tmpfs");
  return tmpfs.valid() ? tmpfs.mount(0) : sys::DetachedMount();
}

}  // namespace

Result<RestoreRoot> RestoreRoot::make(const Bundle& bundle, const std::string& directory) {
  RestoreRoot root;
  root.path_ = directory;
  TRY(root.enter_own_namespace());
  TRY(root.make_mount_points(bundle).context("make mount points"));
  TRY(mount_copy(bundle.rootfs, root.path_));
  return root;
}

RestoreRoot::~RestoreRoot() {
  if (!host_namespace_) return;
  const auto back = go_back();
  if (!back) log::warning(back.error().to_string());
}

Result<void> RestoreRoot::enter_own_namespace() {
  TRY_ASSIGN(host_root_, sys::open("/", kDirectory));
  TRY_ASSIGN(host_directory_, sys::open(".", kDirectory));
  TRY_ASSIGN(UniqueFd before, sys::open("/proc/self/ns/mnt", O_RDONLY));
  if (::unshare(CLONE_NEWNS) != 0) return Error::sys("unshare(CLONE_NEWNS)");
  host_namespace_ = std::move(before);
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return Error::sys("mount(MS_SLAVE)", "/");
  return {};
}

// setns(2) takes the namespace's root and not the one that we had.
Result<void> RestoreRoot::go_back() const {
  if (::setns(host_namespace_.get(), CLONE_NEWNS) != 0) return Error::sys("setns", "mnt");
  if (::fchdir(host_root_.get()) != 0 || ::chroot(".") != 0 || ::fchdir(host_directory_.get()) != 0)
    return Error::sys("chdir");
  return {};
}

Result<void> RestoreRoot::outside(const std::function<Result<void>()>& work) const {
  TRY_ASSIGN(const UniqueFd own, sys::open("/proc/self/ns/mnt", O_RDONLY));
  TRY(go_back());
  auto done = work();
  if (::setns(own.get(), CLONE_NEWNS) != 0) return Error::sys("setns", "mnt");
  return done;
}

// As `create` leaves them in the root filesystem. On a first copy of the root, with the bind mounts in their places (a
// mount point may lie in another mount), which goes again.
Result<void> RestoreRoot::make_mount_points(const Bundle& bundle) {
  TRY(mount_copy(bundle.rootfs, path_));
  TRY_ASSIGN(const UniqueFd root, sys::open(path_, kDirectory));
  for (const spec::Mount& mount : bundle.config.mounts)
    TRY(make_mount_point(bundle, root, mount).context(mount.destination));
  if (::umount2(path_.c_str(), MNT_DETACH) != 0) return Error::sys("umount2", path_);
  return {};
}

Result<void> RestoreRoot::make_mount_point(const Bundle& bundle, FdRef root, const spec::Mount& mount) {
  const char* const path = mount.destination.c_str();
  const bool is_bind = is_bind_mount(mount);
  const std::string source = bind_source(bundle, mount);
  struct stat info {};
  if (is_bind && ::stat(source.c_str(), &info) != 0) return Error::sys("bind mount", source);
  const bool is_file = is_bind && !S_ISDIR(info.st_mode);
  const UniqueFd place =
      is_file ? sys::make_file_in_root(root.get(), path) : sys::make_directory_in_root(root.get(), path);
  if (!place) return Error::sys("make the mount point");
  if (is_bind) {
    TRY_ASSIGN(const std::string real, sys::read_link(concat("/proc/self/fd/", place.get())));
    bind_mounts_.emplace_back(real.substr(path_.size()), source);
  }
  const sys::DetachedMount content =
      is_bind ? sys::DetachedMount::copy_of(AT_FDCWD, source.c_str(), true) : scratch_mount();
  if (!content.valid() || !content.attach(place.get())) return Error::sys("mount");
  return {};
}

}  // namespace berth::runtime
