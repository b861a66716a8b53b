#include "runtime/pause.h"

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"

namespace berth::runtime {

namespace {

// The cgroup of a container that is in the state `wanted`.
Result<cgroup::Cgroup> group_in(const std::string& root, const std::string& id, contract::Status wanted) {
  TRY_ASSIGN(const auto record, read_record(root, id));
  TRY_ASSIGN(const auto status, status_of(root, record));
  const bool close_enough = wanted == contract::Status::running && status == contract::Status::created;
  if (status != wanted && !close_enough)
    return Error::invalid(concat("container ", id),
                          concat("expected it to be ", to_text(wanted), ", found it ", to_text(status)));
  if (record.cgroup.empty())
    return Error::invalid(concat("container ", id), "has no cgroup that could be frozen", ENOTSUP);
  return cgroup::Cgroup::open(record.cgroup);
}

}  // namespace

Result<void> pause(const std::string& root, const std::string& id) {
  TRY_ASSIGN(const auto group, group_in(root, id, contract::Status::running));
  return group.freeze();
}

Result<void> resume(const std::string& root, const std::string& id) {
  TRY_ASSIGN(const auto group, group_in(root, id, contract::Status::paused));
  return group.thaw();
}

}  // namespace berth::runtime
