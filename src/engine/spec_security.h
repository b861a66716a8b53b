// What a container's process may do: capabilities, seccomp, devices, masked paths.
#pragma once

#include "base/result.h"
#include "engine/container.h"
#include "engine/user.h"
#include "spec/config.h"

namespace berth::engine {

// "NET_ADMIN", "cap_net_admin", "CAP_NET_ADMIN"; EINVAL for an unknown one.
[[nodiscard]] Result<spec::Capability> parse_capability(std::string_view name);
// podman's eleven, --cap-drop taken away, --cap-add added; all that we may give when privileged.
[[nodiscard]] Result<spec::Capabilities> container_capabilities(const SecurityRequest& security,
                                                                const ResolvedUser& user);
// capabilities, no_new_privs, seccomp, masked and read-only paths, device rules. `config.process` has its user.
[[nodiscard]] Result<void> apply_security(const ContainerConfig& config, const ResolvedUser& user,
                                          spec::Config& out);
// --device HOST[:CONTAINER[:rwm]].
[[nodiscard]] Result<void> add_device(const std::string& text, spec::Config& out);

}  // namespace berth::engine
