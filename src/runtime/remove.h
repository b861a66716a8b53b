// `delete`: the end of a container, and the clean-up after a creation or a deletion that was interrupted.
#pragma once

#include <string>

#include "base/result.h"

namespace berth::runtime {

// A stopped container; with `force` any, which is killed first, and a missing one is fine.
Result<void> remove(const std::string& root, const std::string& id, bool force);

}  // namespace berth::runtime
