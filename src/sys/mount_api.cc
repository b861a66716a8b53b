#include "sys/mount_api.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace berth::sys {

namespace {

constexpr unsigned kAtRecursive = 0x8000;  // AT_RECURSIVE, which glibc 2.36 does not name

// An access time mode is a field of its own: to set one, the field must be cleared first.
std::uint64_t with_atime_field(std::uint64_t set, std::uint64_t clear) noexcept {
  return (set & MOUNT_ATTR__ATIME) != 0 ? clear | MOUNT_ATTR__ATIME : clear;
}

bool apply(int fd, mount_attr& attr, bool recursive) noexcept {
  const unsigned flags = AT_EMPTY_PATH | (recursive ? kAtRecursive : 0U);
  return ::syscall(SYS_mount_setattr, fd, "", flags, &attr, sizeof attr) == 0;
}

}  // namespace

bool set_mount_attributes(int fd, std::uint64_t set, std::uint64_t clear, std::uint64_t propagation,
                          bool recursive) noexcept {
  mount_attr attr{};
  attr.attr_set = set;
  attr.attr_clr = with_atime_field(set, clear);
  attr.propagation = propagation;
  return apply(fd, attr, recursive);
}

DetachedMount DetachedMount::copy_of(int dirfd, const char* path, bool recursive) noexcept {
  const unsigned flags =
      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? kAtRecursive : 0U);
  return DetachedMount(UniqueFd(static_cast<int>(::syscall(SYS_open_tree, dirfd, path, flags))));
}

bool DetachedMount::set_attributes(std::uint64_t set, std::uint64_t clear, std::uint64_t propagation,
                                   bool recursive) const noexcept {
  return set_mount_attributes(fd_.get(), set, clear, propagation, recursive);
}

bool DetachedMount::map_ids(int user_namespace, bool recursive) const noexcept {
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_IDMAP;
  attr.userns_fd = static_cast<std::uint64_t>(user_namespace);
  return apply(fd_.get(), attr, recursive);
}

bool DetachedMount::attach(int target) const noexcept {
  return ::syscall(SYS_move_mount, fd_.get(), "", target, "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
}

FilesystemContext::FilesystemContext(const char* type) noexcept
    : fd_(static_cast<int>(::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC))) {}

bool FilesystemContext::set(const char* key, const char* value) const noexcept {
  const unsigned command = value == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  return ::syscall(SYS_fsconfig, fd_.get(), command, key, value, 0) == 0;
}

DetachedMount FilesystemContext::mount(unsigned attributes) const noexcept {
  if (::syscall(SYS_fsconfig, fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  return DetachedMount(
      UniqueFd(static_cast<int>(::syscall(SYS_fsmount, fd_.get(), FSMOUNT_CLOEXEC, attributes))));
}

void FilesystemContext::explain(char* text, std::size_t size) const noexcept {
  // Each read is one message, "e tmpfs: Bad value for 'size'\n"; the first error is the cause.
  const ssize_t count = ::read(fd_.get(), text, size - 1);
  std::size_t length = count > 0 ? static_cast<std::size_t>(count) : 0;
  if (length > 0 && text[length - 1] == '\n') --length;
  text[length] = '\0';
  if (length > 2 && text[1] == ' ') std::memmove(text, text + 2, length - 1);
}

}  // namespace berth::sys
