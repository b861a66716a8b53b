// The config.json that `berth-runtime spec` writes: a shell in every namespace but user, as `runc spec` has
// it.
#pragma once

#include <string>

#include "spec/config.h"

namespace berth::spec {

[[nodiscard]] Config default_config();

// For an ordinary user: a user namespace that maps him to root, the host's network (a new one would have no
// way out), /sys bound from the host (sysfs may only be mounted by who owns the network namespace), no
// limits.
[[nodiscard]] Config rootless_config(std::uint32_t uid, std::uint32_t gid);

// Writes <bundle>/config.json; EEXIST when there is one, which stays as it is.
[[nodiscard]] Result<void> write_default(const std::string& bundle, bool rootless);

}  // namespace berth::spec
