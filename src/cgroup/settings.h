// Limits as the list of writes that sets them: what, into which file, and in whose name an error speaks.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroup/controllers.h"
#include "spec/resources.h"

namespace berth::cgroup {

struct Setting {
  std::string file;    // "memory.max"
  std::string value;   // one write(2)
  std::string member;  // "linux.resources.memory.limit"
  // Not to be had is as good: the value is the kernel's default, or the file came with a later kernel.
  bool may_be_missing = false;
};

// In the order in which the kernel takes them. Members that v2 has no counterpart for (kernel memory,
// swappiness, real-time, network classes) give nothing, as with runc and crun. Block IO and devices are not
// here: see io_settings.h, device_filter.h.
[[nodiscard]] Result<std::vector<Setting>> settings_of(const spec::Resources& resources);

// The controllers that these files and those of block IO belong to.
[[nodiscard]] ControllerSet controllers_for(const spec::Resources& resources);

// What only version 1 has, and is asked for: as JSON paths. Values that mean "as usual" are not counted.
[[nodiscard]] std::vector<std::string> ignored_members(const spec::Resources& resources);

}  // namespace berth::cgroup
