// The number that the payload will have in its own pid namespace, where that is known before it runs.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <optional>

#include "spec/config.h"

namespace berth::runtime {

// 1 in a new pid namespace; nullopt in the host's, or in one that is joined.
[[nodiscard]] inline std::optional<pid_t> payload_pid(const spec::Config& config) {
  const auto& namespaces = config.linux.namespaces;
  const bool own = std::any_of(namespaces.begin(), namespaces.end(), [](const spec::Namespace& ns) {
    return ns.type == spec::NamespaceType::pid && ns.path.empty();
  });
  return own ? std::optional<pid_t>(1) : std::nullopt;
}

}  // namespace berth::runtime
