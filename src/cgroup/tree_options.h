// The options of the v2 tree (nsdelegate, memory_recursiveprot, …). They are the machine's, not a mount's: a program that
// mounts the tree once more, as criu does, sets them for everybody. cgroups(7), Documentation/admin-guide/cgroup-v2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace berth::cgroup {

class TreeOptions {
 public:
  // As they are now; none without a v2 tree.
  [[nodiscard]] static Result<TreeOptions> read();
  // As they were when they were read. Nothing is done when nothing has changed.
  [[nodiscard]] Result<void> put_back() const;

 private:
  std::string mount_point_;
  std::vector<std::string> flags_;
};

// "rw,nsdelegate" of the cgroup2 that is mounted at `mount_point`: the flags beside rw and ro. Empty without one.
[[nodiscard]] std::vector<std::string> tree_options_in(std::string_view mountinfo,
                                                       std::string_view mount_point);

}  // namespace berth::cgroup
