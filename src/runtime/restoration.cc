#include "runtime/restoration.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "runtime/external_namespaces.h"
#include "runtime/hooks.h"
#include "runtime/new_record.h"
#include "sys/file.h"
#include "sys/namespaces.h"
#include "sys/privilege.h"
#include "sys/process_stat.h"
#include "sys/unix_socket.h"

namespace berth::runtime {

namespace {

constexpr const char* kLog = "restore.log";

// Whoever leaves cannot carry the terminal's bytes.
Result<void> check_terminal(const spec::Process& process, const RestoreRequest& request) {
  if (process.terminal && request.detach && !request.console_socket)
    return Error::invalid("process.terminal",
                          "true needs --console-socket, unless `restore` stays in the foreground");
  if (!process.terminal && request.console_socket)
    return Error::invalid("--console-socket", "expected process.terminal to be true, found false");
  return {};
}

// Those of the payload's pipes that are ours now. criu takes a name for "what was that pipe".
Result<void> inherit_streams(const CheckpointImage& image, contract::CriuOptions& options) {
  TRY_ASSIGN(const auto names, image.read_descriptors());
  for (std::size_t fd = 0; fd < names.size() && fd <= STDERR_FILENO; ++fd) {
    if (names[fd].starts_with("pipe:")) options.inherited.emplace_back(names[fd], static_cast<int>(fd));
  }
  return {};
}

// Where a process is in each hierarchy, so that what was saved in another place is restored there: "0::/web", on a
// hybrid host also "5:cpu,cpuacct:/".
Result<std::vector<std::pair<std::string, std::string>>> cgroup_roots(pid_t pid) {
  std::vector<std::pair<std::string, std::string>> roots;
  TRY_ASSIGN(const std::string text, sys::read_file(concat("/proc/", pid, "/cgroup")));
  for (const std::string_view line : split(text, '\n')) {
    const auto parts = split_once(line, ':');
    const auto place = parts ? split_once(parts->second, ':') : std::nullopt;
    if (!place) continue;
    for (const std::string_view controller : split(place->first, ','))
      roots.emplace_back(controller, place->second);
  }
  return roots;
}

// Those that are not ours. criu adds a time namespace, so the configuration does not tell.
std::uint64_t namespaces_of(pid_t pid) {
  std::uint64_t flags = 0;
  for (const sys::NamespaceKind& kind : sys::kNamespaceKinds) {
    struct stat theirs {};
    struct stat ours {};
    const bool seen = ::stat(concat("/proc/", pid, "/ns/", kind.proc_name).c_str(), &theirs) == 0 &&
                      ::stat(concat("/proc/self/ns/", kind.proc_name).c_str(), &ours) == 0;
    if (seen && theirs.st_ino != ours.st_ino) flags |= static_cast<std::uint64_t>(kind.flag);
  }
  return flags;
}

}  // namespace

Result<std::unique_ptr<Restoration>> Restoration::make(const RestoreRequest& request) {
  TRY_ASSIGN(Bundle bundle, Bundle::load(request.bundle));
  TRY(check_terminal(bundle.config.process, request));
  TRY_ASSIGN(StateDir state, StateDir::reserve(request.root, request.id));
  std::unique_ptr<Restoration> made(new Restoration(std::move(bundle), std::move(state)));
  made->record_ = new_record(made->bundle_, request.id);
  TRY_ASSIGN(made->notify_line_,
             NotifyLine::prepare(made->state_.path(), made->bundle_.config).context("notify socket"));
  const auto kind = request.systemd_cgroup ? ContainerCgroup::Kind::scope : ContainerCgroup::Kind::directory;
  TRY_ASSIGN(auto group, ContainerCgroup::reserve(made->bundle_.config, kind, made->state_, made->record_));
  made->group_.emplace(std::move(group));
  TRY(made->run_criu(request));
  if (!request.pid_file.empty()) TRY(sys::replace_file(request.pid_file, concat(made->record_.pid), 0644));
  return made;
}

Result<contract::CriuOptions> Restoration::describe(const RestoreRequest& request,
                                                    const CheckpointImage& image,
                                                    const RestoreRoot& root) const {
  contract::CriuOptions options = request.criu;
  image.name_in(options, kLog);
  options.root = root.path();
  options.config_file = criu_config_file(record_.annotations);
  options.external_mounts = devices_to_restore(bundle_.config);
  options.external_mounts.insert(options.external_mounts.end(), root.bind_mounts().begin(),
                                 root.bind_mounts().end());
  // The container may have been saved with a notify line that it does not get now. A monitor's own is a bind mount.
  const auto is_notify = [](const auto& mount) { return mount.first == kNotifyDirectory; };
  if (std::none_of(options.external_mounts.begin(), options.external_mounts.end(), is_notify)) {
    TRY(sys::make_directory(notify_directory(state_.path()), 0755));
    options.external_mounts.emplace_back(kNotifyDirectory, notify_directory(state_.path()));
  }
  TRY(inherit_streams(image, options));
  return options;
}

Result<void> Restoration::run_criu(const RestoreRequest& request) {
  const std::string directory = concat(state_.path(), "/criu-root");
  TRY(sys::make_directory(directory, 0700));
  TRY_ASSIGN(const RestoreRoot root, RestoreRoot::make(bundle_, directory));
  // Opened in that namespace: criu mounts something in its work directory.
  TRY_ASSIGN(const auto image, CheckpointImage::open(request.image_path, request.work_path));
  TRY_ASSIGN(auto options, describe(request, image, root));
  TRY_ASSIGN(const auto joined,
             external_namespaces_to_restore(bundle_.config.linux, Criu::kFirstPassed, options));
  TRY_ASSIGN(Criu criu, Criu::start({joined.begin(), joined.end()}));
  TRY(group_->get().add_process(criu.pid()));
  group_->settle();
  if (!group_->get().is_none()) {
    TRY_ASSIGN(options.cgroup_roots, cgroup_roots(criu.pid()));
  }
  TRY(std::move(criu).call(contract::CriuCall::restore, options, image.log_path(kLog),
                           [&](CriuNotice notice) { return hear(request, root, std::move(notice)); }));
  if (!init_.valid()) return Error::message("criu has not told what it restored", EPROTO);
  ::rmdir(directory.c_str());
  return {};
}

Result<void> Restoration::hear(const RestoreRequest& request, const RestoreRoot& root, CriuNotice notice) {
  if (notice.name == "setup-namespaces") return root.outside([&] { return run_hooks_of(notice.pid); });
  if (notice.name == "orphan-pts-master") return hand_over_terminal(request, std::move(notice.fd));
  if (notice.name == "post-restore") return take_over(notice.pid);
  return {};
}

Result<void> Restoration::run_hooks_of(pid_t init) {
  record_.pid = init;
  const spec::Hooks& hooks = bundle_.config.hooks;
  auto ran = run_hooks(hooks.prestart, "prestart", record_, contract::Status::creating);
  if (ran) ran = run_hooks(hooks.create_runtime, "createRuntime", record_, contract::Status::creating);
  return ran;
}

Result<void> Restoration::take_over(pid_t init) {
  TRY_ASSIGN(init_, sys::PidFd::open(init));
  record_.pid = init;
  record_.namespaces = namespaces_of(init);
  TRY_ASSIGN(const auto stat, sys::read_process_stat(init));
  record_.start_time = stat.start_time;
  TRY(group_->get().filter_devices(bundle_.config.linux.resources, {.rootless = !sys::is_machine_root()}));
  TRY(state_.write_config(bundle_.text));
  return state_.write_record(record_);
}

Result<void> Restoration::hand_over_terminal(const RestoreRequest& request, UniqueFd master) {
  if (!request.console_socket) {
    terminal_ = std::move(master);
    return {};
  }
  TRY_ASSIGN(const UniqueFd socket,
             sys::connect_socket(*request.console_socket, SOCK_STREAM).context("console socket"));
  TRY_ASSIGN(const std::size_t sent, sys::send(socket, "/dev/ptmx", {master}));
  if (sent == 0) return Error::message("console socket: nothing was taken");
  return {};
}

// It runs: a service manager that cannot be told is no reason to undo that.
Result<sys::PidFd> Restoration::commit(bool detached) {
  group_->release();
  state_.commit();
  if (notify_line_) {
    const auto served = std::move(*notify_line_).serve(init_, detached);
    if (!served) log::warning("notify socket: ", served.error().to_string());
  }
  return std::move(init_);
}

StateDir Restoration::take_state() && {
  state_.unlock();
  return std::move(state_);
}

}  // namespace berth::runtime
