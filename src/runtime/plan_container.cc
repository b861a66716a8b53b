#include "runtime/plan_container.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "base/text.h"
#include "runtime/plan_mounts.h"
#include "runtime/plan_namespaces.h"
#include "runtime/plan_process.h"
#include "sys/privilege.h"

namespace berth::runtime {

namespace {

constexpr std::uint64_t kPrivateTree = MS_REC | MS_PRIVATE;
constexpr std::uint64_t kSlaveTree = MS_REC | MS_SLAVE;

void plan_propagation(const spec::Linux& linux_config, init::RootPlan& root) {
  root.propagation = kSlaveTree;
  if (!linux_config.rootfs_propagation) return;
  switch (*linux_config.rootfs_propagation) {
    case spec::Propagation::private_mount:
    case spec::Propagation::rprivate:
      root.propagation = kPrivateTree;
      break;
    case spec::Propagation::slave:
    case spec::Propagation::rslave:
      break;
    case spec::Propagation::shared:
      root.root_propagation = MS_SHARED;
      break;
    case spec::Propagation::rshared:
      root.root_propagation = MS_SHARED | MS_REC;
      break;
    case spec::Propagation::unbindable:
      root.root_propagation = MS_UNBINDABLE;
      break;
    case spec::Propagation::runbindable:
      root.root_propagation = MS_UNBINDABLE | MS_REC;
      break;
  }
}

// sysctl(8): the first separator says which of the two is in use; the other is then part of a name.
std::string sysctl_path(std::string key) {
  const auto first = key.find_first_of("./");
  if (first == std::string::npos || key[first] == '/') return key;
  for (char& c : key) {
    if (c == '.') {
      c = '/';
    } else if (c == '/') {
      c = '.';
    }
  }
  return key;
}

// What cannot be given is not left out in silence; `features` says so too.
Result<void> refuse_intel_rdt(const spec::Linux& linux_config) {
  constexpr const char* kMount = "/sys/fs/resctrl";
  constexpr long kResctrlMagic = 0x7655821;  // RDTGROUP_SUPER_MAGIC
  if (!linux_config.intel_rdt) return {};
  struct statfs info {};
  if (::statfs(kMount, &info) != 0 || info.f_type != kResctrlMagic)
    return Error::invalid("linux.intelRdt",
                          concat("expected a resctrl filesystem at ", kMount, ", found none"), ENODEV);
  return Error::invalid("linux.intelRdt", "classes of service are not supported by this runtime", ENOTSUP);
}

}  // namespace

Result<PreparedPlan> plan_container(const Bundle& bundle, const contract::ContainerRecord& record,
                                    const cgroup::Cgroup& group, const ContainerOptions& options) {
  const spec::Config& config = bundle.config;
  PreparedPlan prepared;
  init::Plan& plan = prepared.plan;
  TRY(refuse_intel_rdt(config.linux));
  TRY(plan_namespaces(config.linux, prepared));
  plan.cgroup = group.fd().get();
  plan.hostname = config.hostname;
  plan.domainname = config.domainname;
  plan.loopback_up = (plan.namespaces.created & CLONE_NEWNET) != 0;
  for (const auto& [host_name, device] : config.linux.net_devices)
    plan.net_devices.push_back({host_name, device.name.empty() ? host_name : device.name});
  for (const auto& [key, value] : config.linux.sysctl) plan.sysctl.emplace_back(sysctl_path(key), value);

  init::RootPlan root;
  root.path = bundle.rootfs;
  root.read_only = config.root.readonly;
  root.pivot = options.pivot;
  root.masked_paths = config.linux.masked_paths;
  root.readonly_paths = config.linux.readonly_paths;
  plan_propagation(config.linux, root);
  plan_devices(config, plan.namespaces.in_user_namespace || !sys::is_machine_root(), root);
  TRY(plan_mounts(bundle, group, prepared, root));
  plan.root = std::move(root);

  const ProcessOptions process_options{
      .filter_cache = options.filter_cache,
      .record = &record,
      .keyring = options.new_keyring ? concat("_ses.", record.id) : std::string(),
      .preserved_fds = options.preserved_fds,
      .console_socket = options.console_socket,
  };
  TRY(plan_process(config.process, config.linux, process_options, prepared));
  return prepared;
}

}  // namespace berth::runtime
