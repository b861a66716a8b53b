// `pause` and `resume`: the freezer of the container's cgroup.
#pragma once

#include <string>

#include "base/result.h"

namespace berth::runtime {

Result<void> pause(const std::string& root, const std::string& id);
Result<void> resume(const std::string& root, const std::string& id);

}  // namespace berth::runtime
