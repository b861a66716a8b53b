// What is known of a container before it exists.
#pragma once

#include <string>

#include "contract/state.h"
#include "runtime/bundle.h"

namespace berth::runtime {

[[nodiscard]] contract::ContainerRecord new_record(const Bundle& bundle, const std::string& id);

// What the kernel calls our standard streams ("pipe:[123]", "/dev/null").
[[nodiscard]] std::vector<std::string> standard_streams();

}  // namespace berth::runtime
