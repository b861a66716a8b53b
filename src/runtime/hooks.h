// Hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop. config.md "Hooks".
#pragma once

#include <vector>

#include "base/result.h"
#include "contract/state.h"
#include "runtime/init/plan.h"
#include "spec/hooks.h"

namespace berth::runtime {

// The hooks of a container whose config.json has this text. Nearly all have none; then nothing else is parsed.
[[nodiscard]] Result<spec::Hooks> hooks_of(std::string_view config_text);

[[nodiscard]] std::vector<init::HookPlan> plan_hooks(const std::vector<spec::Hook>& hooks);

// One after the other, with the container's state on stdin; the first failure ends it.
Result<void> run_hooks(const std::vector<spec::Hook>& hooks, std::string_view kind,
                       const contract::ContainerRecord& record, contract::Status status);
// For those whose failure the specification wants to be a warning: all run.
void run_hooks_and_warn(const std::vector<spec::Hook>& hooks, std::string_view kind,
                        const contract::ContainerRecord& record, contract::Status status);

}  // namespace berth::runtime
