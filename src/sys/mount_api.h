// The mount API by file descriptor: open_tree(2), fsopen(2), fsconfig(2), fsmount(2), mount_setattr(2),
// move_mount(2).
//
// Everything here is noexcept, allocates nothing and reports by errno, so that it serves between fork and
// exec. A mount is made detached, given its attributes where nobody sees it, and only then attached to a
// target that is named by a descriptor: no path can be swapped under it.
#pragma once

// linux/mount.h and glibc's sys/mount.h define the same structs: this header takes glibc's, everywhere.
#include <sys/mount.h>

#include <cstdint>
#include <utility>

#include "base/unique_fd.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

namespace berth::sys {

// Owns a mount that no namespace holds yet; unmounted when dropped before attach(). After attach() the
// descriptor still names the mount.
class DetachedMount {
 public:
  DetachedMount() = default;
  explicit DetachedMount(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  // A copy of the mount at `path` (below `dirfd`; empty: `dirfd` itself), as bind mounts are. Invalid with errno.
  static DetachedMount copy_of(int dirfd, const char* path, bool recursive) noexcept;

  [[nodiscard]] bool valid() const noexcept { return fd_.valid(); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] UniqueFd release() noexcept { return std::move(fd_); }

  // `set` and `clear` are MOUNT_ATTR_*, `propagation` one of MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0.
  [[nodiscard]] bool set_attributes(std::uint64_t set, std::uint64_t clear, std::uint64_t propagation,
                                    bool recursive) const noexcept;
  // Shows the ids of its files through the mapping of a user namespace.
  [[nodiscard]] bool map_ids(int user_namespace, bool recursive) const noexcept;
  // On top of the directory or file that `target` names.
  [[nodiscard]] bool attach(int target) const noexcept;

 private:
  UniqueFd fd_;
};

// Makes a new superblock: FilesystemContext("tmpfs"), set(…), mount(…).
class FilesystemContext {
 public:
  explicit FilesystemContext(const char* type) noexcept;
  [[nodiscard]] bool valid() const noexcept { return fd_.valid(); }
  // `value` null: a flag.
  [[nodiscard]] bool set(const char* key, const char* value) const noexcept;
  // Creates and returns the mount, with MOUNT_ATTR_* already on it. Invalid with errno.
  [[nodiscard]] DetachedMount mount(unsigned attributes) const noexcept;
  // The kernel's own words about the last failure, at most `size` - 1 bytes; empty when it said nothing.
  void explain(char* text, std::size_t size) const noexcept;

 private:
  UniqueFd fd_;
};

// mount_setattr(2) on what `fd` names, which must be the root of a mount.
[[nodiscard]] bool set_mount_attributes(int fd, std::uint64_t set, std::uint64_t clear,
                                        std::uint64_t propagation, bool recursive) noexcept;

}  // namespace berth::sys
