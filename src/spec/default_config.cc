#include "spec/default_config.h"

#include <unistd.h>

#include <algorithm>

#include "spec/config_writer.h"
#include "sys/file.h"

namespace berth::spec {

namespace {

Process default_process() {
  // No ambient set, unlike runc's: the kernel refuses what is not inheritable too, and an inheritable set
  // would give a user other than root what file capabilities were meant to guard (CVE-2022-29162).
  const CapabilitySet set = {Capability::audit_write, Capability::kill, Capability::net_bind_service};
  return {.terminal = true,
          .args = {"sh"},
          .env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"},
          .cwd = "/",
          .capabilities = Capabilities{.bounding = set, .effective = set, .permitted = set},
          .rlimits = {{.type = RlimitType::nofile, .soft = 1024, .hard = 1024}},
          .no_new_privileges = true};
}

std::vector<Mount> default_mounts() {
  return {
      {.destination = "/proc", .type = "proc", .source = "proc"},
      {.destination = "/dev",
       .type = "tmpfs",
       .source = "tmpfs",
       .options = {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {.destination = "/dev/pts",
       .type = "devpts",
       .source = "devpts",
       .options = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {.destination = "/dev/shm",
       .type = "tmpfs",
       .source = "shm",
       .options = {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
      {.destination = "/dev/mqueue",
       .type = "mqueue",
       .source = "mqueue",
       .options = {"nosuid", "noexec", "nodev"}},
      {.destination = "/sys",
       .type = "sysfs",
       .source = "sysfs",
       .options = {"nosuid", "noexec", "nodev", "ro"}},
      {.destination = "/sys/fs/cgroup",
       .type = "cgroup",
       .source = "cgroup",
       .options = {"nosuid", "noexec", "nodev", "relatime", "ro"}},
  };
}

Linux default_linux() {
  return {
      .namespaces = {{.type = NamespaceType::pid},
                     {.type = NamespaceType::network},
                     {.type = NamespaceType::ipc},
                     {.type = NamespaceType::uts},
                     {.type = NamespaceType::mount},
                     {.type = NamespaceType::cgroup}},
      .resources = {.devices = {DeviceRule{.allow = false}}},
      .masked_paths = {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                       "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
                       "/proc/scsi"},
      .readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
  };
}

// The group of terminals (5) has no counterpart in a namespace that maps one id.
void drop_tty_group(Mount& mount) {
  std::erase(mount.options, "gid=5");
}

}  // namespace

Config default_config() {
  return {.process = default_process(),
          .root = {.path = "rootfs", .readonly = true},
          .hostname = "berth",
          .mounts = default_mounts(),
          .linux = default_linux()};
}

Config rootless_config(std::uint32_t uid, std::uint32_t gid) {
  Config config = default_config();
  Linux& linux_config = config.linux;
  std::erase_if(linux_config.namespaces,
                [](const Namespace& ns) { return ns.type == NamespaceType::network; });
  linux_config.namespaces.push_back({.type = NamespaceType::user});
  linux_config.uid_mappings = {{.container_id = 0, .host_id = uid, .size = 1}};
  linux_config.gid_mappings = {{.container_id = 0, .host_id = gid, .size = 1}};
  linux_config.resources = {};
  for (Mount& mount : config.mounts) {
    drop_tty_group(mount);
    if (mount.destination == "/sys")
      mount = {.destination = "/sys",
               .type = "none",
               .source = "/sys",
               .options = {"rbind", "nosuid", "noexec", "nodev", "ro"}};
  }
  return config;
}

Result<void> write_default(const std::string& bundle, bool rootless) {
  const Config config = rootless ? rootless_config(::geteuid(), ::getegid()) : default_config();
  const std::string path = bundle.empty() ? "config.json" : concat(bundle, "/config.json");
  auto file = sys::open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (!file && file.error().is(EEXIST))
    return Error::message("File config.json exists. Remove it first", EEXIST);  // runc's words
  if (!file) return std::move(file).error();
  return sys::write_all(*file, to_json(config), path);
}

}  // namespace berth::spec
