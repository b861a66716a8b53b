#include "systemd/notify_peer.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::systemd {

namespace {

Membership answer(bool member) noexcept {
  return member ? Membership::member : Membership::stranger;
}

Result<ino_t> inode_of(FdRef fd) {
  struct stat status {};
  if (::fstat(fd.get(), &status) < 0) return Error::sys("fstat", "a namespace");
  return status.st_ino;
}

}  // namespace

NotifyPeer NotifyPeer::of(const ucred& credentials) {
  NotifyPeer peer{.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid, .process = {}};
  if (peer.pid <= 0) return peer;
  if (auto process = sys::PidFd::open(peer.pid)) peer.process = std::move(*process);
  return peer;
}

bool NotifyPeer::alive() const {
  if (!process.valid()) return false;
  const auto ended = process.wait_exit(0);
  return ended && !*ended;
}

std::string_view unified_cgroup(std::string_view proc_cgroup) noexcept {
  while (!proc_cgroup.empty()) {
    const auto end = proc_cgroup.find('\n');
    const std::string_view line = proc_cgroup.substr(0, end);
    if (line.starts_with("0::")) return line.substr(3);
    if (end == std::string_view::npos) break;
    proc_cgroup.remove_prefix(end + 1);
  }
  return {};
}

Membership in_cgroup(pid_t pid, std::string_view cgroup) {
  const auto content = sys::read_file(concat("/proc/", pid, "/cgroup"));
  if (!content) return Membership::unknown;
  std::string_view path = unified_cgroup(*content);
  if (path.empty()) return Membership::unknown;
  if (!path.starts_with(cgroup)) return Membership::stranger;
  path.remove_prefix(cgroup.size());
  return answer(path.empty() || path.front() == '/' || cgroup == "/");
}

Membership in_pid_namespace(pid_t pid, ino_t pid_namespace) {
  auto fd = sys::open(concat("/proc/", pid, "/ns/pid"), O_RDONLY);
  while (fd) {
    const auto inode = inode_of(*fd);
    if (!inode) return Membership::unknown;
    if (*inode == pid_namespace) return Membership::member;
    // EPERM: the parent is not below our own namespace, so we have climbed as far as a container can reach.
    UniqueFd parent(::ioctl(fd->get(), NS_GET_PARENT));
    if (!parent) return Membership::stranger;
    *fd = std::move(parent);
  }
  return Membership::unknown;
}

MembershipTest membership_of(pid_t init) {
  const auto inside = namespace_inode(init, "pid");
  const auto ours = namespace_inode(::getpid(), "pid");
  if (inside && ours && *inside != *ours)
    return [pid_namespace = *inside](pid_t pid) { return in_pid_namespace(pid, pid_namespace); };
  const auto its_cgroup = sys::read_file(concat("/proc/", init, "/cgroup"));
  const auto our_cgroup = sys::read_file("/proc/self/cgroup");
  if (!its_cgroup || !our_cgroup || unified_cgroup(*its_cgroup) == unified_cgroup(*our_cgroup)) return {};
  return [cgroup = std::string(unified_cgroup(*its_cgroup))](pid_t pid) { return in_cgroup(pid, cgroup); };
}

Result<ino_t> namespace_inode(pid_t pid, std::string_view name) {
  struct stat status {};
  const std::string path = concat("/proc/", pid, "/ns/", name);
  if (::stat(path.c_str(), &status) < 0) return Error::sys("stat", path);
  return status.st_ino;
}

}  // namespace berth::systemd
