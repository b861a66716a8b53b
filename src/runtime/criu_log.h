// What criu writes about a dump or a restore: "(00.123456) Error (criu/mount.c:42): why".
#pragma once

#include <string>
#include <string_view>

namespace berth::runtime {

// The first error, which is the cause ("why" above; those that follow are what it led to); empty without one.
[[nodiscard]] std::string first_criu_error(std::string_view log);

}  // namespace berth::runtime
