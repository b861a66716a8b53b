#include "runtime/init/hooks.h"

#include <unistd.h>

#include "base/text.h"
#include "runtime/init/launch.h"
#include "sys/child.h"

namespace berth::runtime::init {

namespace {

// Hooks are programs like any other: here the child may allocate, for it is single-threaded and its memory is its
// own copy.
void run_all(Context& context, const std::vector<HookPlan>& hooks, const HookState& state,
             std::string_view kind) noexcept {
  if (hooks.empty()) return;
  const std::string text = concat(state.before_pid, ::getpid(), state.after_pid);
  for (const HookPlan& hook : hooks) {
    const auto result = run_hook(hook, text);
    if (!result) context.report.fail_with(0, 0, {kind, " hook: ", result.error().to_string()});
  }
}

}  // namespace

Result<void> run_hook(const HookPlan& hook, std::string_view state) {
  sys::SpawnOptions options;
  options.argv = hook.args;
  if (options.argv.empty()) options.argv.push_back(hook.path);
  options.executable = hook.path;
  options.environment = hook.env;
  options.inherit_environment = false;
  TRY_ASSIGN(const auto ran, sys::run_program(options, state, hook.timeout_ms).context("run", hook.path));
  if (ran.status.code() == 0) return {};
  return Error::invalid(
      hook.path, concat("exit status ", ran.status.code(), ran.errors.empty() ? "" : ": ", trim(ran.errors)));
}

void run_container_hooks(Context& context) noexcept {
  const Plan& plan = context.plan;
  if (plan.runtime_hooks) {
    ChildEnd& parent = context.report.channel();
    if (!parent.tell(FromChild::hooks) || !parent.expect(FromParent::hooked)) Report::vanish();
  }
  run_all(context, plan.create_container_hooks, plan.hook_state_creating, "createContainer");
}

void run_start_hooks(Context& context) noexcept {
  run_all(context, context.plan.start_container_hooks, context.plan.hook_state_created, "startContainer");
}

}  // namespace berth::runtime::init
