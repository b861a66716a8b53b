// `features`: what this runtime can do, as JSON. runtime-spec features.md, features-linux.md.
#pragma once

#include <string>

namespace berth::runtime {

[[nodiscard]] std::string features_document();

}  // namespace berth::runtime
