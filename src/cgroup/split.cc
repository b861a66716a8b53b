#include "cgroup/split.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>

#include "base/log.h"
#include "base/text.h"
#include "cgroup/controllers.h"
#include "cgroup/tree.h"
#include "sys/file.h"

namespace berth::cgroup {

namespace {

bool says_yes(const std::string& directory, const char* attribute) noexcept {
  std::array<char, 4> value{};
  const ssize_t size = ::getxattr(directory.c_str(), attribute, value.data(), value.size());
  return size == 1 && value[0] == '1';
}

// The unit's own directory, also when an earlier call has moved us below it.
std::string unit_of(const std::string& own) {
  const std::string suffix = concat('/', kSupervisor);
  return own.ends_with(suffix) ? own.substr(0, own.size() - suffix.size()) : own;
}

// Whoever else the unit has (ExecStartPre leaves none; a shell around us may stay): cgroup v2 wants them all
// out.
Result<void> move_all(const std::string& unit, const std::string& supervisor) {
  TRY(sys::write_existing(concat(supervisor, "/cgroup.procs"), "0"));
  // A process may fork between our reading and our moving it; the second round finds its child.
  for (int round = 0; round < 8; ++round) {
    TRY_ASSIGN(const std::string text, sys::read_file(concat(unit, "/cgroup.procs")));
    if (trim(text).empty()) return {};
    for (const std::string_view pid : split(trim(text), '\n')) {
      auto moved = sys::write_existing(concat(supervisor, "/cgroup.procs"), pid);
      if (!moved && !moved.error().is(ESRCH)) return moved;
    }
  }
  return Error::with_errno(EBUSY, "empty the unit's own cgroup", unit);
}

Result<void> enable_all(const std::string& unit) {
  TRY_ASSIGN(const auto directory, sys::open(unit, O_PATH | O_DIRECTORY));
  TRY_ASSIGN(const ControllerSet has, available(directory, unit));
  if (has.empty()) return {};
  return sys::write_existing_at(directory, "cgroup.subtree_control", has.enabling())
      .context("delegate", unit);
}

}  // namespace

Result<bool> is_delegated(const std::string& directory) {
  if (says_yes(directory, "trusted.delegate") || says_yes(directory, "user.delegate")) return true;
  struct stat status {};
  if (::stat(directory.c_str(), &status) < 0) return Error::sys("stat", directory);
  return status.st_uid != 0 && status.st_uid == ::geteuid();
}

Result<Split> split_unit() {
  TRY_ASSIGN(const std::string mount, mount_point());
  TRY_ASSIGN(const std::string own, own_path());
  const std::string unit = unit_of(own == "/" ? std::string() : own);
  Split split = {.unit = concat(mount, unit),
                 .supervisor = concat(mount, unit, '/', kSupervisor),
                 .container = concat(mount, unit, '/', kContainer),
                 .container_cgroups_path = concat(unit, '/', kContainer)};
  // The root of the whole machine has no cgroup.type; to move its processes would be to rearrange the host.
  TRY_ASSIGN(const bool is_below_root, sys::exists(concat(split.unit, "/cgroup.type")));
  if (!is_below_root) return Error::with_errno(EPERM, "split the root cgroup", split.unit);
  TRY(sys::make_directory(split.supervisor, 0755));
  TRY(move_all(split.unit, split.supervisor));
  TRY(enable_all(split.unit));
  return split;
}

}  // namespace berth::cgroup
