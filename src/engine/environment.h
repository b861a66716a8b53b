// The environment of a container's process.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/container.h"
#include "engine/user.h"

namespace berth::engine {

inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Sets NAME=VALUE, in the place of an earlier value.
void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value);
// The value of NAME; nullopt when it is not set.
[[nodiscard]] std::optional<std::string> variable_of(const std::vector<std::string>& environment,
                                                     std::string_view name);

// One --env: "NAME=VALUE", "NAME" (our own value; nothing when we have none) or "PREFIX*".
[[nodiscard]] Result<void> apply_env_flag(std::vector<std::string>& environment, std::string_view text);
// --env-file: such lines; empty ones and those that begin with # are skipped.
[[nodiscard]] Result<void> apply_env_file(std::vector<std::string>& environment, const std::string& path);

// PATH, TERM (with a terminal), container, HOSTNAME and HOME, then what the user gave.
[[nodiscard]] std::vector<std::string> container_environment(const ContainerConfig& config,
                                                             const ResolvedUser& user,
                                                             std::string_view hostname);

}  // namespace berth::engine
