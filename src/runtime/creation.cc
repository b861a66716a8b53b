#include "runtime/creation.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "runtime/hooks.h"
#include "runtime/listen_fds.h"
#include "runtime/new_record.h"
#include "runtime/pidfd_socket.h"
#include "runtime/plan_namespaces.h"
#include "sys/file.h"
#include "sys/privilege.h"
#include "sys/process_stat.h"
#include "sys/unix_socket.h"

namespace berth::runtime {

namespace {

// Whoever leaves cannot carry the terminal's bytes.
Result<void> check_terminal(const spec::Process& process, const CreateRequest& request) {
  if (!process.terminal || request.stays || request.options.console_socket) return {};
  return Error::invalid("process.terminal",
                        "true needs --console-socket, unless `run` stays in the foreground");
}

// Its filesystem opens the device in the name of init, whom the filter forbids that.
bool mounts_a_device(const init::RootPlan& root) {
  return std::any_of(root.mounts.begin(), root.mounts.end(), [](const init::MountPlan& mount) {
    return mount.kind == init::MountPlan::Kind::filesystem && mount.source.starts_with("/dev/");
  });
}

}  // namespace

// The order: whatever exists is on record before it exists, so that `delete --force` finds it after a crash.
Result<std::unique_ptr<Creation>> Creation::make(const CreateRequest& request) {
  TRY_ASSIGN(Bundle bundle, Bundle::load(request.bundle));  // bad input: nothing made yet
  TRY(check_terminal(bundle.config.process, request));
  TRY_ASSIGN(StateDir state, StateDir::reserve(request.root, request.id));  // the name is ours
  std::unique_ptr<Creation> creation(new Creation(std::move(bundle), std::move(state)));
  creation->record_ = new_record(creation->bundle_, request.id);
  TRY_ASSIGN(creation->notify_line_,
             NotifyLine::prepare(creation->state_.path(), creation->bundle_.config).context("notify socket"));
  creation->record_.no_new_keyring = !request.options.new_keyring;
  const auto kind = request.without_cgroup   ? ContainerCgroup::Kind::none
                    : request.systemd_cgroup ? ContainerCgroup::Kind::scope
                                             : ContainerCgroup::Kind::directory;
  TRY_ASSIGN(auto group,
             ContainerCgroup::reserve(creation->bundle_.config, kind, creation->state_, creation->record_));
  creation->group_.emplace(std::move(group));
  TRY(creation->launch(request));
  if (!request.pidfd_socket.empty()) TRY(send_pidfd(request.pidfd_socket, creation->launch_->process()));
  if (!request.pid_file.empty())
    TRY(sys::replace_file(request.pid_file, concat(creation->record_.pid), 0644));
  return creation;
}

void Creation::plan_container_hooks() {
  const spec::Hooks& hooks = bundle_.config.hooks;
  init::Plan& plan = prepared_.plan;
  plan.runtime_hooks = !hooks.prestart.empty() || !hooks.create_runtime.empty();
  plan.create_container_hooks = plan_hooks(hooks.create_container);
  plan.start_container_hooks = plan_hooks(hooks.start_container);
  const auto creating = contract::hook_state_json(record_, contract::Status::creating);
  const auto created = contract::hook_state_json(record_, contract::Status::created);
  plan.hook_state_creating = {creating.before_pid, creating.after_pid};
  plan.hook_state_created = {created.before_pid, created.after_pid};
}

Result<void> Creation::launch(const CreateRequest& request) {
  ContainerOptions options = request.options;
  TRY_ASSIGN(const unsigned listen_fds, add_listen_fds(bundle_.config));
  options.preserved_fds += listen_fds;
  TRY_ASSIGN(prepared_, plan_container(bundle_, record_, group_->get(), options));
  prepared_.plan.lock = state_.lock().get();
  if (request.waits_for_start) {
    TRY_ASSIGN(start_listener_, sys::listen_socket(state_.start_socket(), SOCK_SEQPACKET, 0600, 1));
    prepared_.plan.start_listener = start_listener_.get();
  }
  if (!bundle_.config.hooks.empty()) plan_container_hooks();
  TRY_ASSIGN(auto launch, init::Launch::begin(prepared_.plan));
  launch_.emplace(std::move(launch));
  group_->settle();
  // While the child mounts:
  record_.pid = launch_->pid();
  record_.namespaces = all_namespaces(prepared_.plan.namespaces);
  TRY_ASSIGN(const auto stat, sys::read_process_stat(record_.pid));
  record_.start_time = stat.start_time;
  TRY(state_.write_config(bundle_.text));
  const bool filter_last = mounts_a_device(*prepared_.plan.root);
  if (!filter_last) TRY(filter_devices_meanwhile());
  // The pid is on disk before init may go on, and no hook of ours is to run before that.
  const bool early = !prepared_.plan.runtime_hooks && !filter_last;
  if (early) {
    TRY(state_.write_record(record_));
    TRY(launch_->go());
  }
  auto ready = launch_->wait_until_ready([this] { return run_runtime_hooks(); });
  // The specification: a hook's failure goes on at the end of the life cycle, which is poststop.
  if (!ready && (prepared_.plan.runtime_hooks || !prepared_.plan.create_container_hooks.empty()))
    run_hooks_and_warn(bundle_.config.hooks.poststop, "poststop", record_, contract::Status::stopped);
  TRY(std::move(ready));
  if (filter_last) TRY(filter_devices());
  return early ? Result<void>() : state_.write_record(record_);
}

Result<void> Creation::filter_devices() {
  return group_->get().filter_devices(bundle_.config.linux.resources, {.rootless = !sys::is_machine_root()});
}

// While the child mounts. When that fails, the scope may be gone before its filter is on: systemd takes one away whose
// only process has ended. The child's reason is the one to tell.
Result<void> Creation::filter_devices_meanwhile() {
  auto filtered = filter_devices();
  if (filtered || !filtered.error().is(ENOENT)) return filtered;
  TRY(launch_->wait_until_ready([&] { return Result<void>(filtered.error()); }));
  return filtered;
}

Result<void> Creation::run_runtime_hooks() {
  const spec::Hooks& hooks = bundle_.config.hooks;
  auto ran = run_hooks(hooks.prestart, "prestart", record_, contract::Status::creating);
  if (ran) ran = run_hooks(hooks.create_runtime, "createRuntime", record_, contract::Status::creating);
  return ran;
}

Result<sys::PidFd> Creation::commit() {
  TRY(launch_->go());
  return leave(false);  // who will call `start` may outlive the container
}

Result<sys::PidFd> Creation::commit_and_execute(bool detached) {
  TRY(launch_->go());
  TRY(launch_->wait_until_executed());
  return leave(detached);
}

StateDir Creation::take_state() && {
  state_.unlock();
  return std::move(state_);
}

// The container runs: a service manager that cannot be told is no reason to undo that.
sys::PidFd Creation::leave(bool detached) {
  group_->release();
  state_.commit();
  sys::PidFd init = std::move(*launch_).commit();
  if (!notify_line_) return init;
  const auto served = std::move(*notify_line_).serve(init, detached);
  if (!served) log::warning("notify socket: ", served.error().to_string());
  return init;
}

}  // namespace berth::runtime
