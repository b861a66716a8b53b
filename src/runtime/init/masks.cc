#include "runtime/init/masks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

bool is_missing(int code) noexcept {
  return code == ENOENT || code == ENOTDIR || code == EACCES;
}

// The host's, never the one in the image: whatever the image has there, a link even, is not looked at. And what the
// host calls so must be the null device itself.
sys::DetachedMount null_device(Context& context) noexcept {
  sys::DetachedMount null = sys::DetachedMount::copy_of(AT_FDCWD, "/dev/null", false);
  struct stat info {};
  if (!null.valid() || ::fstat(null.fd(), &info) != 0) context.report.fail("open /dev/null of the host");
  if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(1, 3))
    context.report.fail_with(ENODEV, 0, {"/dev/null of the host"});
  return null;
}

class Masks {
 public:
  explicit Masks(Context& context) noexcept : context_(context) {}

  void cover(const std::string& path) noexcept {
    const UniqueFd target = sys::open_in_root(context_.root.get(), path.c_str(), O_PATH);
    if (!target) {
      if (is_missing(errno)) return;
      context_.report.fail("mask", path);
    }
    struct stat info {};
    if (::fstat(target.get(), &info) != 0) context_.report.fail("mask", path);
    const sys::DetachedMount cover = S_ISDIR(info.st_mode) ? empty_directory() : null_device(context_);
    if (!cover.valid() || !cover.attach(target.get())) context_.report.fail("mask", path);
  }

 private:
  // One filesystem for all directories: the first mount, then copies of it.
  sys::DetachedMount empty_directory() noexcept {
    if (first_directory_) return sys::DetachedMount::copy_of(first_directory_.get(), "", false);
    const sys::FilesystemContext tmpfs("tmpfs");
    sys::DetachedMount mount =
        tmpfs.valid() && tmpfs.set("size", "0k") && tmpfs.set("nr_inodes", "2")
            ? tmpfs.mount(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
            : sys::DetachedMount();
    if (mount.valid()) first_directory_ = UniqueFd(::fcntl(mount.fd(), F_DUPFD_CLOEXEC, 3));
    return mount;
  }

  Context& context_;
  UniqueFd first_directory_;
};

}  // namespace

void mask_paths(Context& context) noexcept {
  Masks masks(context);
  for (const std::string& path : context.plan.root->masked_paths) masks.cover(path);
}

void make_paths_readonly(Context& context) noexcept {
  for (const std::string& path : context.plan.root->readonly_paths) {
    const UniqueFd target = sys::open_in_root(context.root.get(), path.c_str(), O_PATH);
    if (!target && is_missing(errno)) continue;
    if (!target) context.report.fail("make read-only", path);
    const sys::DetachedMount copy = sys::DetachedMount::copy_of(target.get(), "", true);
    if (!copy.valid() || !copy.set_attributes(MOUNT_ATTR_RDONLY, 0, 0, false) || !copy.attach(target.get()))
      context.report.fail("make read-only", path);
  }
}

}  // namespace berth::runtime::init
