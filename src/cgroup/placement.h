// Where a container's cgroup is to be, and who makes it. Only computes: nothing is made.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::cgroup {

// `systemd` (a transient scope) will be the third.
enum class Kind {
  none,      // no cgroup of its own: the container stays where its creator is
  cgroupfs,  // a directory that we make and remove
};

struct Placement {
  Kind kind = Kind::none;
  std::string path = {};  // absolute on the host, below the mount of the v2 tree; empty for `none`
  std::string mount_point = {};
  bool requested = false;  // somebody named it: going without is not an option
  [[nodiscard]] bool exists() const noexcept { return kind != Kind::none; }
};

struct PlaceOptions {
  // linux.cgroupsPath. Absolute: below the mount point. Relative: beside our own cgroup (below its parent:
  // our own has processes, and v2 allows no controllers next to processes). Empty: `id`, as a relative one.
  std::string cgroups_path = {};
  std::string id = {};
  bool disabled = false;  // the caller wants none
};

// EINVAL for a path with "..". Without a v2 tree: ENOENT if a cgroup was named, else none.
[[nodiscard]] Result<Placement> place(const PlaceOptions& options);
// The pure part.
[[nodiscard]] Result<std::string> directory_for(const PlaceOptions& options, std::string_view mount_point,
                                                std::string_view own_path);

}  // namespace berth::cgroup
