#include "engine/spec_mounts.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "engine/container_name.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

using spec::Mount;

std::vector<Mount> standard_mounts(const ContainerConfig& config) {
  const bool rootless = ::geteuid() != 0;
  std::vector<std::string> pts = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
  if (!rootless) pts.emplace_back("gid=5");  // the group of terminals; a single mapped id has none
  const std::string writable = config.security.privileged ? "rw" : "ro";
  // sysfs shows the network namespace's devices: with the host's network an ordinary user may only bind the host's.
  const bool bind_sys = rootless && config.network == "host";
  return {
      {.destination = "/proc", .type = "proc", .source = "proc", .options = {"nosuid", "noexec", "nodev"}},
      {.destination = "/dev",
       .type = "tmpfs",
       .source = "tmpfs",
       .options = {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      bind_sys ? Mount{.destination = "/sys",
                       .type = "bind",
                       .source = "/sys",
                       .options = {"rbind", "nosuid", "noexec", "nodev", "ro", "rprivate"}}
               : Mount{.destination = "/sys",
                       .type = "sysfs",
                       .source = "sysfs",
                       .options = {"nosuid", "noexec", "nodev", writable}},
      {.destination = "/dev/pts", .type = "devpts", .source = "devpts", .options = pts},
      {.destination = "/dev/mqueue",
       .type = "mqueue",
       .source = "mqueue",
       .options = {"nosuid", "noexec", "nodev"}},
      {.destination = "/dev/shm",
       .type = "tmpfs",
       .source = "shm",
       .options = {"nosuid", "noexec", "nodev", "mode=1777", concat("size=", config.shm_size)}},
      {.destination = "/sys/fs/cgroup",
       .type = "cgroup",
       .source = "cgroup",
       .options = {"rprivate", "nosuid", "noexec", "nodev", "relatime", writable}},
  };
}

Mount user_mount(const MountRequest& request) {
  Mount mount{.destination = request.destination,
              .type = request.type,
              .source = request.type == "bind" ? request.source : "tmpfs",
              .options = request.options};
  if (request.type == "tmpfs") {
    for (const char* option : {"nosuid", "nodev"}) {
      const std::string opposite = std::string(option).substr(2);
      if (std::find(mount.options.begin(), mount.options.end(), opposite) == mount.options.end()) {
        mount.options.emplace_back(option);
      }
    }
  }
  return mount;
}

// With a read-only root, podman leaves these writable.
void add_writable_places(std::vector<Mount>& mounts) {
  for (const char* path : {"/run", "/tmp", "/var/tmp"}) {
    mounts.push_back(
        {.destination = path,
         .type = "tmpfs",
         .source = "tmpfs",
         .options = {"rw", "nosuid", "nodev", std::string_view(path) == "/run" ? "mode=755" : "mode=1777"}});
  }
}

void place(std::vector<Mount>& mounts, Mount mount) {
  const auto same = std::find_if(mounts.begin(), mounts.end(),
                                 [&](const Mount& other) { return other.destination == mount.destination; });
  if (same != mounts.end()) mounts.erase(same);
  mounts.push_back(std::move(mount));
}

Result<std::string> hosts_file(const std::string& hostname, bool host_network) {
  std::string own = concat("127.0.0.1\tlocalhost ", hostname, "\n::1\tlocalhost ", hostname, "\n");
  if (!host_network) return own;
  auto host = sys::read_file("/etc/hosts");
  if (!host) return own;
  return concat(*host, host->ends_with('\n') || host->empty() ? "" : "\n", "127.0.1.1\t", hostname, "\n");
}

}  // namespace

std::vector<GeneratedFile> generated_files(const ContainerConfig& config) {
  std::vector<GeneratedFile> files = {
      {"hosts", "/etc/hosts"}, {"hostname", "/etc/hostname"}, {"containerenv", "/run/.containerenv"}};
  // Without a network there is nobody to ask for names.
  if (config.network == "host") files.push_back({"resolv.conf", "/etc/resolv.conf"});
  std::erase_if(files, [&](const GeneratedFile& file) {
    return std::any_of(config.mounts.begin(), config.mounts.end(),
                       [&](const MountRequest& mount) { return mount.destination == file.destination; });
  });
  return files;
}

Result<void> write_generated_files(const ContainerConfig& config, const RunDir& run_dir,
                                   const std::string& hostname) {
  for (const GeneratedFile& file : generated_files(config)) {
    std::string content;
    if (file.name == "hosts") {
      TRY_ASSIGN(content, hosts_file(hostname, config.network == "host"));
    } else if (file.name == "hostname") {
      content = concat(hostname, "\n");
    } else if (file.name == "containerenv") {
      content = concat("engine=\"berth-", BERTH_VERSION, "\"\nname=\"", config.name, "\"\nid=\"", config.id,
                       "\"\nimage=\"\"\nrootless=", ::geteuid() != 0 ? 1 : 0, "\n");
    } else {
      content = sys::read_file("/etc/resolv.conf").value_or("");
    }
    TRY(sys::write_file(run_dir.generated(file.name), content, 0644));
  }
  return {};
}

std::vector<spec::Mount> container_mounts(const ContainerConfig& config, const RunDir& run_dir, bool notify) {
  std::vector<Mount> mounts = standard_mounts(config);
  if (config.read_only && config.read_only_tmpfs) add_writable_places(mounts);
  std::vector<MountRequest> requested = config.mounts;
  std::stable_sort(requested.begin(), requested.end(), [](const MountRequest& a, const MountRequest& b) {
    return std::count(a.destination.begin(), a.destination.end(), '/') <
           std::count(b.destination.begin(), b.destination.end(), '/');
  });
  for (const MountRequest& request : requested) place(mounts, user_mount(request));
  for (const GeneratedFile& file : generated_files(config)) {
    mounts.push_back({.destination = file.destination,
                      .type = "bind",
                      .source = run_dir.generated(file.name),
                      .options = {"bind", "rprivate", "nosuid", "nodev", "noexec"}});
  }
  if (notify) {
    mounts.push_back({.destination = "/run/notify",
                      .type = "bind",
                      .source = run_dir.notify_dir(),
                      .options = {"bind", "rprivate", "ro", "nosuid", "nodev", "noexec"}});
  }
  return mounts;
}

}  // namespace berth::engine
