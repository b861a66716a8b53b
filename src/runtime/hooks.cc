#include "runtime/hooks.h"

#include "base/log.h"
#include "base/text.h"
#include "runtime/init/launch.h"
#include "spec/config.h"

namespace berth::runtime {

namespace {

std::string state_text(const contract::ContainerRecord& record, contract::Status status) {
  const auto parts = contract::hook_state_json(record, status);
  return concat(parts.before_pid, status == contract::Status::stopped ? 0 : record.pid, parts.after_pid);
}

}  // namespace

Result<spec::Hooks> hooks_of(std::string_view config_text) {
  // An escape could spell the key, too.
  const bool none = config_text.find("\"hooks\"") == std::string_view::npos &&
                    config_text.find("\\u") == std::string_view::npos;
  if (none) return spec::Hooks();
  TRY_ASSIGN(auto config, spec::parse_config(config_text, "config.json"));
  return std::move(config.hooks);
}

std::vector<init::HookPlan> plan_hooks(const std::vector<spec::Hook>& hooks) {
  constexpr int kMsPerSecond = 1000;
  std::vector<init::HookPlan> plans;
  plans.reserve(hooks.size());
  for (const spec::Hook& hook : hooks) {
    plans.push_back({.path = hook.path,
                     .args = hook.args,
                     .env = hook.env,
                     .timeout_ms = hook.timeout ? *hook.timeout * kMsPerSecond : -1});
  }
  return plans;
}

Result<void> run_hooks(const std::vector<spec::Hook>& hooks, std::string_view kind,
                       const contract::ContainerRecord& record, contract::Status status) {
  if (hooks.empty()) return {};
  const std::string state = state_text(record, status);
  for (const init::HookPlan& hook : plan_hooks(hooks))
    TRY(init::run_hook(hook, state).context(concat(kind, " hook")));
  return {};
}

void run_hooks_and_warn(const std::vector<spec::Hook>& hooks, std::string_view kind,
                        const contract::ContainerRecord& record, contract::Status status) {
  if (hooks.empty()) return;
  const std::string state = state_text(record, status);
  for (const init::HookPlan& hook : plan_hooks(hooks)) {
    const auto result = init::run_hook(hook, state);
    if (!result) log::warning(kind, " hook: ", result.error().to_string());
  }
}

}  // namespace berth::runtime
