// The seccomp filter of a container, from a profile in the format of containers-common(5) seccomp.json (which has
// conditions: only for these capabilities, these architectures) or of the OCI runtime-spec (which has none).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "spec/capability.h"
#include "spec/seccomp.h"

namespace berth::engine {

// The profile that holds when --security-opt names none: /etc/containers/seccomp.json, then
// /usr/share/containers/seccomp.json; empty when neither is there (the container then runs without a filter).
[[nodiscard]] std::string default_seccomp_profile();

// `capabilities` is the bounding set that the container gets. `name` is what errors call the profile.
[[nodiscard]] Result<spec::Seccomp> parse_seccomp_profile(std::string_view text, std::string_view name,
                                                          const spec::CapabilitySet& capabilities);

}  // namespace berth::engine
