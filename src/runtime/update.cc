#include "runtime/update.h"

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"
#include "runtime/systemd_scope.h"

namespace berth::runtime {

Result<void> update(const std::string& root, const std::string& id, spec::Resources change) {
  TRY_ASSIGN(const auto lock, StateDir::open(root, id));
  TRY_ASSIGN(const auto record, read_record(root, id));
  TRY_ASSIGN(const auto status, status_of(root, record));
  const std::string object = concat("container ", id);
  if (status == contract::Status::stopped || status == contract::Status::creating)
    return Error::invalid(object, concat("expected it to be running, found it ", to_text(status)));
  if (record.cgroup.empty()) return Error::invalid(object, "has no cgroup that could take limits", ENOTSUP);
  TRY_ASSIGN(const auto group, cgroup::Cgroup::open(record.cgroup));
  change.devices.clear();
  TRY(group.apply(change));
  return record.scope.empty() ? Result<void>() : update_scope(record.scope, group, change);
}

}  // namespace berth::runtime
