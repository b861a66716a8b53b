// `update`: other limits for a container that runs.
#pragma once

#include <string>

#include "base/result.h"
#include "spec/resources.h"

namespace berth::runtime {

// What `change` leaves unset stays as it is. Device rules are left alone, as with runc: they belong to the container's
// making. EINVAL for a container that is not there any more, ENOTSUP for one without a cgroup.
[[nodiscard]] Result<void> update(const std::string& root, const std::string& id, spec::Resources change);

}  // namespace berth::runtime
