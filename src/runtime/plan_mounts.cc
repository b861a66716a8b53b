#include "runtime/plan_mounts.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "cgroup/tree.h"
#include "runtime/filesystem_options.h"
#include "runtime/host_device.h"
#include "runtime/mapped_mount.h"
#include "runtime/mount_options.h"
#include "runtime/plan_namespaces.h"
#include "runtime/source_mount.h"
#include "sys/mount_api.h"

namespace berth::runtime {

namespace {

struct DefaultDevice {
  std::string_view path;
  unsigned major;
  unsigned minor;
};
constexpr std::array<DefaultDevice, 6> kDefaultDevices = {{
    {"/dev/null", 1, 3},
    {"/dev/zero", 1, 5},
    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8},
    {"/dev/urandom", 1, 9},
    {"/dev/tty", 5, 0},
}};
struct DefaultLink {
  const char* target;
  const char* path;
};
constexpr std::array<DefaultLink, 6> kDefaultLinks = {{
    {"/proc/self/fd", "/dev/fd"},
    {"/proc/self/fd/0", "/dev/stdin"},
    {"/proc/self/fd/1", "/dev/stdout"},
    {"/proc/self/fd/2", "/dev/stderr"},
    {"/proc/kcore", "/dev/core"},
    {"pts/ptmx", "/dev/ptmx"},
}};

// "/dev/" and "//dev" are "/dev" too.
bool is_dev(std::string_view path) {
  std::string clean;
  for (const std::string_view part : split(path, '/')) {
    if (!part.empty() && part != ".") append(clean, '/', part);
  }
  return clean == "/dev";
}

mode_t type_bits(spec::DeviceType type) {
  switch (type) {
    case spec::DeviceType::block:
      return S_IFBLK;
    case spec::DeviceType::fifo:
      return S_IFIFO;
    case spec::DeviceType::character:
    case spec::DeviceType::unbuffered:
      break;
  }
  return S_IFCHR;
}

Result<void> plan_bind(const Bundle& bundle, const spec::Mount& mount, init::MountPlan& plan) {
  plan.kind = init::MountPlan::Kind::bind;
  plan.source = bind_source(bundle, mount);
  struct stat info {};
  if (::stat(plan.source.c_str(), &info) != 0)
    return Error::sys("bind mount", concat(plan.source, " to ", mount.destination));
  plan.source_is_directory = S_ISDIR(info.st_mode);
  return {};
}

// By the mount's own mappings, or ("idmap" alone) by those of the container's user namespace.
Result<void> plan_id_map(const spec::Linux& linux_config, const spec::Mount& mount,
                         const MountOptions& options, PreparedPlan& prepared, init::MountPlan& plan) {
  const bool own = !mount.uid_mappings.empty() || !mount.gid_mappings.empty();
  if (!own && !options.id_map) return {};
  const auto& uids = own ? mount.uid_mappings : linux_config.uid_mappings;
  const auto& gids = own ? mount.gid_mappings : linux_config.gid_mappings;
  if (uids.empty() || gids.empty())
    return Error::invalid(mount.destination,
                          "idmap: expected uid and gid mappings, of the mount or of the container");
  TRY_ASSIGN(const UniqueFd ns, make_user_namespace(uids, gids).context("idmap", mount.destination));
  TRY_ASSIGN(UniqueFd mapped, make_mapped_mount(plan.source, ns, plan.recursive, options.recursive_id_map));
  plan.source_mount = prepared.keep(std::move(mapped));
  return {};
}

// Init is another user, also in a pod's namespace that it joins. Without privileges there is nothing that we can reach and
// init cannot.
Result<void> plan_hidden_source(PreparedPlan& prepared, init::MountPlan& plan) {
  if (!prepared.plan.namespaces.in_user_namespace || plan.source_mount >= 0 ||
      is_reachable_by_all(plan.source))
    return {};
  auto mount = make_source_mount(plan.source, plan.recursive);
  if (!mount && mount.error().is(EPERM)) return {};
  if (!mount) return std::move(mount).error();
  plan.source_mount = prepared.keep(std::move(*mount));
  return {};
}

// "cgroup" means version 2 here: its own tree in a cgroup namespace; without one, the container's part of the host's.
Result<void> plan_cgroup(const cgroup::Cgroup& group, const PreparedPlan& prepared, init::MountPlan& plan) {
  plan.options.clear();
  if ((all_namespaces(prepared.plan.namespaces) & CLONE_NEWCGROUP) != 0) {
    plan.type = "cgroup2";
    plan.source = "cgroup";
    return {};
  }
  plan.kind = init::MountPlan::Kind::bind;
  if (group.is_none()) {
    TRY_ASSIGN(plan.source, cgroup::own_directory());
  } else {
    plan.source = group.path();
  }
  return {};
}

Result<init::MountPlan> plan_mount(const Bundle& bundle, std::size_t number, const cgroup::Cgroup& group,
                                   PreparedPlan& prepared) {
  const spec::Mount& mount = bundle.config.mounts[number];
  const MountOptions options = parse_mount_options(mount.options);
  init::MountPlan plan;
  plan.name = concat("mounts[", number, ']');
  plan.target = mount.destination;
  plan.type = mount.type;
  plan.source = mount.source;
  plan.options = options.data;
  plan.recursive = options.recursive_bind;
  plan.set = options.set;
  plan.clear = options.clear;
  plan.recursive_set = options.recursive_set;
  plan.recursive_clear = options.recursive_clear;
  plan.propagation = options.propagation;
  plan.copy_up = options.copy_up;
  if (options.remount) {
    plan.kind = init::MountPlan::Kind::reconfigure;
    TRY(check_no_filesystem_options(plan));
  } else if (options.bind || mount.type == "bind") {
    TRY(plan_bind(bundle, mount, plan));
    TRY(check_no_filesystem_options(plan));
    TRY(plan_id_map(bundle.config.linux, mount, options, prepared, plan));
    TRY(plan_hidden_source(prepared, plan));
  } else if (mount.type == "cgroup" || mount.type == "cgroup2") {
    TRY(plan_cgroup(group, prepared, plan));
  } else {
    TRY(plan_filesystem_options(bundle.config.linux.mount_label, plan));
  }
  const bool maps_ids = options.id_map || !mount.uid_mappings.empty();
  if (maps_ids && plan.source_mount < 0)
    return Error::invalid(
        plan.name, concat("expected id mappings with a bind mount, found them with \"", mount.type, '"'));
  if (!mount.destination.starts_with('/'))
    log::warning(plan.name, ".destination: \"", mount.destination,
                 "\" is taken from the root: it should be absolute");
  if (plan.copy_up && plan.type != "tmpfs")
    return Error::invalid(concat(plan.name, ".options"),
                          concat("expected tmpcopyup with a tmpfs, found it with \"", plan.type, '"'));
  plan.read_only_last = is_dev(plan.target) && plan.kind == init::MountPlan::Kind::filesystem &&
                        (plan.set & MOUNT_ATTR_RDONLY) != 0;
  return plan;
}

}  // namespace

std::string bind_source(const Bundle& bundle, const spec::Mount& mount) {
  return mount.source.starts_with('/') ? mount.source : concat(bundle.path, '/', mount.source);
}

Result<void> plan_mounts(const Bundle& bundle, const cgroup::Cgroup& group, PreparedPlan& prepared,
                         init::RootPlan& root) {
  TRY(check_label("linux.mountLabel", bundle.config.linux.mount_label));
  const std::size_t count = bundle.config.mounts.size();
  root.mounts.reserve(count);
  for (std::size_t number = 0; number < count; ++number) {
    TRY_ASSIGN(init::MountPlan plan, plan_mount(bundle, number, group, prepared));
    if (is_dev(plan.target) && plan.kind == init::MountPlan::Kind::bind) root.make_devices = false;
    root.mounts.push_back(std::move(plan));
  }
  return {};
}

void plan_devices(const spec::Config& config, bool bound, init::RootPlan& root) {
  const auto& wanted = config.linux.devices;
  for (const DefaultDevice& device : kDefaultDevices) {
    const bool replaced = std::any_of(wanted.begin(), wanted.end(),
                                      [&](const spec::Device& d) { return d.path == device.path; });
    if (!replaced)
      root.devices.push_back({.path = std::string(device.path),
                              .mode = S_IFCHR | 0666,
                              .number = makedev(device.major, device.minor)});
  }
  for (const spec::Device& device : wanted) {
    const bool fifo = device.type == spec::DeviceType::fifo;
    init::DevicePlan plan = {
        .path = device.path,
        .mode = type_bits(device.type) | (device.file_mode.value_or(0666) & 07777U),
        .number = fifo ? dev_t{0}
                       : makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor)),
        .uid = device.uid.value_or(0),
        .gid = device.gid.value_or(0)};
    if (bound && !fifo) plan.host_path = host_device(device.path, type_bits(device.type), plan.number);
    root.devices.push_back(std::move(plan));
  }
  for (const DefaultLink& link : kDefaultLinks) root.links.push_back({link.target, link.path});
}

}  // namespace berth::runtime
