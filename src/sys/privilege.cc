#include "sys/privilege.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

#include "base/text.h"
#include "sys/file.h"

namespace berth::sys {

namespace {

// One line of uid_map: "inside outside count", padded with blanks.
struct MapLine {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 0;
};

MapLine parse_line(std::string_view line) {
  MapLine out;
  for (std::uint32_t* field : {&out.inside, &out.outside, &out.count}) {
    line = trim(line);
    const std::size_t end = std::min(line.find(' '), line.size());
    *field = parse_number<std::uint32_t>(line.substr(0, end)).value_or(0);
    line.remove_prefix(end);
  }
  return out;
}

}  // namespace

bool in_initial_user_namespace() noexcept {
  constexpr ino_t kInitialUserNamespace = 0xEFFFFFFD;  // PROC_USER_INIT_INO, include/linux/proc_ns.h
  struct stat status {};
  return ::stat("/proc/self/ns/user", &status) == 0 && status.st_ino == kInitialUserNamespace;
}

bool is_machine_root() noexcept {
  if (::geteuid() != 0) return false;
  // A uid that our namespace does not map is shown as the overflow uid; with hidepid= the process is not shown at all.
  struct stat status {};
  return in_initial_user_namespace() || (::stat("/proc/1", &status) == 0 && status.st_uid == 0);
}

bool setgroups_denied() {
  if (in_initial_user_namespace()) return false;
  const auto setting = read_file("/proc/self/setgroups");
  return setting && trim(*setting) == "deny";
}

uid_t outside_uid() {
  const uid_t own = ::geteuid();
  const auto map = read_file("/proc/self/uid_map");
  if (!map) return own;
  for (const std::string_view line : split(*map, '\n')) {
    const MapLine range = parse_line(line);
    if (own >= range.inside && own - range.inside < range.count) return range.outside + (own - range.inside);
  }
  return own;
}

}  // namespace berth::sys
