// What a config.json must not say although every type in it is right: runtime-spec's rules, and runc's where
// the spec is silent. Pure: looks at the values only, not at the machine.
//
// Each error names the JSON path, what was expected and what was found; `prefix` opens it ("config.json: ").
#pragma once

#include <string_view>

#include "spec/config.h"

namespace berth::spec {

[[nodiscard]] Result<void> validate(const Config& config, std::string_view prefix);
// The same for a process alone; its paths begin with `prefix`, without "process.".
[[nodiscard]] Result<void> validate(const Process& process, std::string_view prefix);
// Resources alone; their paths begin with `name`.
[[nodiscard]] Result<void> validate(const Resources& resources, std::string_view name);
// A semantic version whose major number is ours (1).
[[nodiscard]] Result<void> validate_version(std::string_view version, std::string_view prefix);

}  // namespace berth::spec
