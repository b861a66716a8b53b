#include "runtime/start.h"

#include "base/text.h"
#include "runtime/hooks.h"
#include "runtime/init/launch.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

Error not_created(const contract::ContainerRecord& record, contract::Status status) {
  return Error::invalid(concat("container ", record.id),
                        concat("cannot be started: expected it to be created, found it ", to_text(status)));
}

}  // namespace

Result<void> start(const std::string& root, const std::string& id) {
  TRY_ASSIGN(const StateDir state, StateDir::open(root, id));
  TRY_ASSIGN(const auto record, read_record(root, id));
  TRY_ASSIGN(const auto status, status_of(root, record));
  if (status != contract::Status::created) return not_created(record, status);
  TRY_ASSIGN(const std::string text, read_config_text(root, id));
  TRY_ASSIGN(const spec::Hooks hooks, hooks_of(text));
  // The socket goes before init does: from now on the container counts as running.
  TRY(init::knock(state.start_socket(), [&] { return sys::remove_file(state.start_socket()); }));
  run_hooks_and_warn(hooks.poststart, "poststart", record, contract::Status::running);
  return {};
}

}  // namespace berth::runtime
