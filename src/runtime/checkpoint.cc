#include "runtime/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/checkpoint_image.h"
#include "runtime/criu.h"
#include "runtime/external_mounts.h"
#include "runtime/external_namespaces.h"
#include "runtime/notify_line.h"
#include "runtime/process_identity.h"
#include "runtime/remove.h"
#include "runtime/state_dir.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

constexpr const char* kLog = "dump.log";

Result<contract::Status> check_status(const CheckpointRequest& request,
                                      const contract::ContainerRecord& record) {
  TRY_ASSIGN(const auto status, status_of(request.root, record));
  if (status == contract::Status::running || status == contract::Status::paused) return status;
  return Error::invalid(concat("container ", request.id),
                        concat("cannot be checkpointed in the state ", to_text(status)));
}

Result<void> check_status_fd(int fd) {
  if (fd < 0) return {};
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return Error::sys("--status-fd", concat(fd));
  if ((flags & O_ACCMODE) == O_RDONLY) return Error::invalid("--status-fd", concat(fd, " cannot be written"));
  return {};
}

// A terminal's have the names that init sees.
std::vector<std::string> descriptors_of(const contract::ContainerRecord& record) {
  std::vector<std::string> names = record.descriptors;
  for (int fd = 0; record.descriptors.empty() && fd <= 2; ++fd)
    names.push_back(sys::read_link(concat("/proc/", record.pid, "/fd/", fd)).value_or(std::string()));
  return names;
}

// All that criu must be told about the container beside the caller's own wishes.
Result<void> describe(const contract::ContainerRecord& record, const spec::Config& config,
                      const StateDir& state, contract::CriuOptions& options) {
  TRY_ASSIGN(const UniqueFd root, sys::open(concat("/proc/", record.pid, "/root"), O_PATH | O_DIRECTORY));
  TRY_ASSIGN(const bool has_notify_line, sys::exists(notify_directory(state.path())));
  TRY_ASSIGN(options.external_mounts, external_mounts_to_dump(config, root, has_notify_line));
  TRY_ASSIGN(options.external_namespaces, external_namespaces_to_dump(config.linux, record.pid));
  options.pid = record.pid;
  options.root = record.rootfs;
  options.freeze_cgroup = record.cgroup;
  options.config_file = criu_config_file(record.annotations);
  return {};
}

Result<void> run_criu(const CheckpointRequest& request, const CheckpointImage& image,
                      const contract::CriuOptions& options) {
  TRY_ASSIGN(Criu criu, Criu::start({}));
  const auto call = request.pre_dump ? contract::CriuCall::pre_dump : contract::CriuCall::dump;
  return std::move(criu).call(call, options, image.log_path(kLog), [&](const CriuNotice& notice) {
    if (notice.name != "status-ready" || request.status_fd < 0) return Result<void>();
    return sys::write_all(FdRef(request.status_fd), std::string_view("\0", 1), "--status-fd");
  });
}

// criu has let it go on, unless it died over it; then the cgroup may still be frozen.
void wake(const contract::ContainerRecord& record) {
  const auto group = cgroup::Cgroup::open(record.cgroup);
  if (!group) return;
  const auto thawed = group->thaw();
  if (!thawed) log::warning(thawed.error().to_string());
}

Result<void> dump(const CheckpointRequest& request, const contract::ContainerRecord& record,
                  const StateDir& state) {
  TRY_ASSIGN(const auto status, check_status(request, record));
  TRY(check_status_fd(request.status_fd));
  TRY_ASSIGN(const std::string text, read_config_text(request.root, request.id));
  TRY_ASSIGN(const spec::Config config, spec::parse_config(text, "config.json"));
  TRY_ASSIGN(const auto image, CheckpointImage::make(request.image_path, request.work_path));
  TRY(image.check_parent(request.criu.parent_images));
  contract::CriuOptions options = request.criu;
  image.name_in(options, kLog);
  TRY(describe(record, config, state, options));
  if (!request.pre_dump) TRY(image.write_descriptors(descriptors_of(record)));
  auto done = run_criu(request, image, options);
  if (!done && status == contract::Status::running) wake(record);
  return done;
}

}  // namespace

Result<void> checkpoint(const CheckpointRequest& request) {
  {
    TRY_ASSIGN(const StateDir state, StateDir::open(request.root, request.id));
    TRY_ASSIGN(const auto record, read_record(request.root, request.id));
    TRY(dump(request, record, state));
  }
  if (request.pre_dump || request.criu.leave_running) return {};
  return remove(request.root, request.id, true);
}

}  // namespace berth::runtime
