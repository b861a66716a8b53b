#include "runtime/remove.h"

#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/hooks.h"
#include "runtime/process_identity.h"
#include "runtime/systemd_scope.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

constexpr int kKillWaitMs = 10'000;

// Whoever creates it now fails and rolls back by itself; the lock is free then.
void kill_creation(const std::string& root, const std::string& id) {
  const auto record = read_record(root, id);
  if (!record) return;
  const auto group = cgroup::Cgroup::open(record->cgroup);
  if (group) ignore(group->kill());
}

Result<void> kill_init(const contract::ContainerRecord& record) {
  const auto process = open_init(record);
  if (!process) return {};
  auto killed = process->send_signal(SIGKILL);
  if (!killed && !killed.error().is(ESRCH)) return killed;
  TRY_ASSIGN(const bool gone, process->wait_exit(kKillWaitMs));
  if (!gone) return Error::with_errno(ETIMEDOUT, "kill container", record.id);
  return {};
}

// Everything in it, whoever forked it; then the directory.
Result<void> destroy_cgroup(const contract::ContainerRecord& record) {
  // As a rule nobody is left in it: the kernel has killed what was in init's pid namespace.
  if (!record.cgroup.empty() && record.scope.empty() && ::rmdir(record.cgroup.c_str()) == 0) return {};
  auto opened = cgroup::Cgroup::open(record.cgroup);
  if (!opened && opened.error().is(ENOENT)) return {};
  TRY_ASSIGN(const auto group, std::move(opened));
  if (group.is_none()) return {};
  if (!record.scope.empty()) return close_scope(group);
  TRY(group.kill());
  TRY_ASSIGN(const bool empty, group.wait_empty(kKillWaitMs));
  if (!empty) return Error::with_errno(ETIMEDOUT, "kill all processes of", record.cgroup);
  return group.remove();
}

void run_poststop(const std::string& root, const contract::ContainerRecord& record) {
  const auto text = read_config_text(root, record.id);
  if (!text) return;  // the creation never came so far
  const auto hooks = hooks_of(*text);
  if (hooks) run_hooks_and_warn(hooks->poststop, "poststop", record, contract::Status::stopped);
}

bool may_go(contract::Status status) {
  // A created one has not begun; runc lets it go too.
  return status == contract::Status::stopped || status == contract::Status::created;
}

Result<StateDir> open_for_removal(const std::string& root, const std::string& id, bool force) {
  auto opened = StateDir::open(root, id, force ? 0 : kKillWaitMs);
  if (opened || !force || !opened.error().is(EBUSY)) return opened;
  kill_creation(root, id);
  return StateDir::open(root, id);
}

}  // namespace

Result<void> remove(const std::string& root, const std::string& id, bool force) {
  auto opened = open_for_removal(root, id, force);
  if (!opened && force && opened.error().is(ENOENT)) return {};
  TRY_ASSIGN(StateDir state, std::move(opened));
  const auto record = read_record(root, id);
  if (!record) {
    // Reserved and never written: there is nothing but the directory.
    if (force) return state.remove();
    return record.error();
  }
  TRY_ASSIGN(const auto status, status_of(root, *record));
  if (!force && !may_go(status))
    return Error::invalid(concat("container ", id),
                          concat("cannot be deleted: it is ", to_text(status), ", not stopped"), EBUSY);
  TRY(kill_init(*record));
  TRY(destroy_cgroup(*record));
  run_poststop(root, *record);
  return state.remove();  // last: as long as anything is left, there is a record of it
}

Result<void> remove_ended(StateDir state, const contract::ContainerRecord& record, const spec::Hooks& hooks) {
  TRY_ASSIGN(const bool ours, state.lock_again());
  if (!ours) return {};
  TRY(destroy_cgroup(record));
  run_hooks_and_warn(hooks.poststop, "poststop", record, contract::Status::stopped);
  return state.remove();
}

}  // namespace berth::runtime
