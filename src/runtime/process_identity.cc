#include "runtime/process_identity.h"

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/state_dir.h"
#include "sys/file.h"
#include "sys/process_stat.h"

namespace berth::runtime {

Result<sys::PidFd> open_init(const contract::ContainerRecord& record) {
  const Error gone = Error::with_errno(ESRCH, "find the init of container", record.id);
  if (record.pid <= 0) return gone;
  TRY_ASSIGN(sys::PidFd process, sys::PidFd::open(record.pid));
  auto stat = sys::read_process_stat(record.pid);
  if (!stat || stat->start_time != record.start_time || stat->state == 'Z' || stat->state == 'X') return gone;
  return process;
}

Result<contract::Status> status_of(const std::string& root, const contract::ContainerRecord& record) {
  const auto process = open_init(record);
  if (!process) {
    // Between its reservation and its creation a container has no pid: somebody is at it, or died over it.
    return record.pid == 0 ? contract::Status::creating : contract::Status::stopped;
  }
  TRY_ASSIGN(const bool waiting, sys::exists(start_socket_path(root, record.id)));
  if (waiting) return contract::Status::created;
  const auto group = cgroup::Cgroup::open(record.cgroup);
  if (group) {
    const auto frozen = group->is_frozen();
    if (frozen && *frozen) return contract::Status::paused;
  }
  return contract::Status::running;
}

}  // namespace berth::runtime
