#include "cgroup/tree.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::cgroup {

namespace {

// mountinfo writes blanks and backslashes in paths as octal escapes: proc(5).
std::string unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto code = field[i] == '\\' ? parse_number<unsigned>(field.substr(i + 1, 3), 8) : std::nullopt;
    if (code && i + 3 < field.size() && *code < 256) {
      out.push_back(static_cast<char>(*code));
      i += 3;
    } else {
      out.push_back(field[i]);
    }
  }
  return out;
}

// The mount point in a line of mountinfo when it is a whole cgroup2, else nothing.
std::optional<std::string> cgroup2_mount(std::string_view line) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos || !line.substr(dash + 3).starts_with("cgroup2 ")) return std::nullopt;
  const auto fields = split(line.substr(0, dash), ' ');
  if (fields.size() < 5) return std::nullopt;
  return unescape(fields[4]);
}

bool is_cgroup2(const char* path) noexcept {
  struct statfs status {};
  return ::statfs(path, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

Result<std::string> path_in(std::string_view text, std::string_view name) {
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with("0::/")) continue;
    std::string path(line.substr(3));
    // What the kernel appends when the directory is gone.
    constexpr std::string_view kDeleted = " (deleted)";
    if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
    return path;
  }
  return Error::invalid(name, "expected a line \"0::/…\" (cgroup v2), found none", ENOENT);
}

}  // namespace

Result<std::string> mount_point_in(std::string_view mountinfo) {
  // The last one wins where several are stacked; deeper mounts of the same tree only show a part of it.
  std::optional<std::string> found;
  for (const std::string_view line : split(mountinfo, '\n')) {
    auto mount = cgroup2_mount(line);
    if (mount && (!found || mount->size() <= found->size())) found = std::move(mount);
  }
  if (!found) return Error::message("no cgroup v2 tree is mounted", ENOENT);
  return *found;
}

Result<std::string> mount_point() {
  // The two usual places first: two system calls instead of a walk through a table that may be long.
  for (const char* usual : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (is_cgroup2(usual)) return std::string(usual);
  }
  TRY_ASSIGN(const std::string mountinfo, sys::read_file("/proc/self/mountinfo"));
  return mount_point_in(mountinfo);
}

Result<std::string> own_path() {
  TRY_ASSIGN(const std::string text, sys::read_file("/proc/self/cgroup"));
  return path_in(text, "/proc/self/cgroup");
}

Result<std::string> own_directory() {
  TRY_ASSIGN(std::string mount, mount_point());
  TRY_ASSIGN(const std::string own, own_path());
  return own == "/" ? mount : concat(mount, own);
}

Result<std::string> directory_of(pid_t pid) {
  const std::string file = concat("/proc/", pid, "/cgroup");
  TRY_ASSIGN(std::string mount, mount_point());
  TRY_ASSIGN(const std::string text, sys::read_file(file));
  TRY_ASSIGN(const std::string path, path_in(text, file));
  return path == "/" ? mount : concat(mount, path);
}

Result<std::vector<std::string>> controllers(const std::string& directory) {
  TRY_ASSIGN(const std::string text, sys::read_file(concat(directory, "/cgroup.controllers")));
  std::vector<std::string> names;
  for (const std::string_view name : split(trim(text), ' ')) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

}  // namespace berth::cgroup
