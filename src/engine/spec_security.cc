#include "engine/spec_security.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/seccomp_profile.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

using spec::Capability;
using spec::CapabilitySet;

constexpr CapabilitySet kDefaultCapabilities = {
    Capability::chown,   Capability::dac_override,     Capability::fowner,    Capability::fsetid,
    Capability::kill,    Capability::net_bind_service, Capability::setfcap,   Capability::setgid,
    Capability::setpcap, Capability::setuid,           Capability::sys_chroot};

constexpr std::array<std::string_view, 11> kMasked = {
    "/proc/acpi",       "/proc/kcore",       "/proc/keys",        "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
    "/sys/firmware",    "/sys/fs/selinux",   "/sys/dev/block"};
constexpr std::array<std::string_view, 6> kReadOnly = {"/proc/asound", "/proc/bus", "/proc/fs",
                                                       "/proc/irq",    "/proc/sys", "/proc/sysrq-trigger"};

// All that the kernel lets us pass on.
CapabilitySet bounding_set() {
  CapabilitySet set;
  for (const Capability capability : CapabilitySet::all().members()) {
    if (::prctl(PR_CAPBSET_READ, static_cast<unsigned long>(capability), 0, 0, 0) == 1) set.add(capability);
  }
  return set;
}

bool names_all(const std::vector<std::string>& list) {
  return std::any_of(list.begin(), list.end(),
                     [](const auto& name) { return name == "ALL" || name == "all"; });
}

Result<CapabilitySet> parse_set(const std::vector<std::string>& list) {
  CapabilitySet set;
  for (const std::string& name : list) {
    if (name == "ALL" || name == "all") continue;
    TRY_ASSIGN(const auto capability, parse_capability(name));
    set.add(capability);
  }
  return set;
}

Result<CapabilitySet> requested_set(const SecurityRequest& security) {
  TRY_ASSIGN(const auto added, parse_set(security.cap_add));
  TRY_ASSIGN(const auto dropped, parse_set(security.cap_drop));
  const bool all = security.privileged || names_all(security.cap_add);
  CapabilitySet set = all ? bounding_set() : kDefaultCapabilities;
  if (names_all(security.cap_drop)) set = CapabilitySet();
  for (const Capability capability : dropped.members()) set.remove(capability);
  for (const Capability capability : added.members()) {
    if (dropped.has(capability)) {
      return Error::message(concat("capability ", to_text(capability), " is both added and dropped"), EINVAL);
    }
    set.add(capability);
  }
  return set;
}

bool is_unmasked(const SecurityRequest& security, std::string_view path) {
  return std::any_of(security.unmasked.begin(), security.unmasked.end(),
                     [&](const auto& name) { return name == "ALL" || name == "all" || name == path; });
}

void hide_paths(const SecurityRequest& security, spec::Linux& out) {
  if (security.privileged) return;
  for (const std::string_view path : kMasked) {
    if (!is_unmasked(security, path)) out.masked_paths.emplace_back(path);
  }
  for (const std::string_view path : kReadOnly) {
    if (!is_unmasked(security, path)) out.readonly_paths.emplace_back(path);
  }
  out.masked_paths.insert(out.masked_paths.end(), security.masked.begin(), security.masked.end());
}

Result<void> apply_seccomp(const SecurityRequest& security, const CapabilitySet& capabilities,
                           spec::Linux& out) {
  if (security.seccomp_profile == "unconfined" || (security.privileged && security.seccomp_profile.empty()))
    return {};
  const std::string path =
      security.seccomp_profile.empty() ? default_seccomp_profile() : security.seccomp_profile;
  if (path.empty()) return {};
  auto text = sys::read_file(path);
  if (!text) return std::move(text).context("seccomp profile").error();
  auto seccomp = parse_seccomp_profile(*text, path, capabilities);
  if (!seccomp) return std::move(seccomp).context("seccomp profile").error();
  out.seccomp = std::move(*seccomp);
  return {};
}

}  // namespace

Result<Capability> parse_capability(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  if (!upper.starts_with("CAP_")) upper.insert(0, "CAP_");
  const auto capability = spec::capability_from_text(upper);
  if (!capability) return Error::message(concat("unknown capability \"", name, "\""), EINVAL);
  return *capability;
}

Result<spec::Capabilities> container_capabilities(const SecurityRequest& security, const ResolvedUser& user) {
  TRY_ASSIGN(const auto set, requested_set(security));
  spec::Capabilities capabilities;
  capabilities.bounding = set;
  if (user.uid == 0) {
    capabilities.effective = set;
    capabilities.permitted = set;
    return capabilities;
  }
  // An ordinary user has only what was added for him, by the ambient set: without it execve(2) takes it away.
  TRY_ASSIGN(const auto added, parse_set(security.cap_add));
  capabilities.effective = added;
  capabilities.permitted = added;
  capabilities.inheritable = added;
  capabilities.ambient = added;
  return capabilities;
}

Result<void> add_device(const std::string& text, spec::Config& out) {
  const auto fields = split(text, ':');
  const std::string host(fields[0]);
  const auto bad = [&](std::string_view what) {
    return Error::invalid(concat("--device \"", text, "\""), what);
  };
  if (fields.size() > 3 || !host.starts_with('/')) return bad("expected HOST[:CONTAINER[:rwm]]");
  std::string inside = host;
  std::string access = "rwm";
  if (fields.size() > 1 && fields[1].starts_with('/')) inside = fields[1];
  if (fields.size() > 1 && !fields.back().starts_with('/')) access = fields.back();
  if (access.find_first_not_of("rwm") != std::string::npos)
    return bad(concat("expected letters of rwm, found ", access));
  struct stat status {};
  if (::stat(host.c_str(), &status) < 0) return Error::sys("--device", host);
  if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) return bad("not a device");
  const bool block = S_ISBLK(status.st_mode);
  out.linux.devices.push_back({.type = block ? spec::DeviceType::block : spec::DeviceType::character,
                               .path = inside,
                               .major = major(status.st_rdev),
                               .minor = minor(status.st_rdev),
                               .file_mode = status.st_mode & 07777,
                               .uid = status.st_uid,
                               .gid = status.st_gid});
  out.linux.resources.devices.push_back(
      {.allow = true,
       .type = block ? spec::DeviceRuleType::block : spec::DeviceRuleType::character,
       .major = major(status.st_rdev),
       .minor = minor(status.st_rdev),
       .read = access.find('r') != std::string::npos,
       .write = access.find('w') != std::string::npos,
       .mknod = access.find('m') != std::string::npos});
  return {};
}

Result<void> apply_security(const ContainerConfig& config, const ResolvedUser& user, spec::Config& out) {
  const SecurityRequest& security = config.security;
  TRY_ASSIGN(const auto capabilities, container_capabilities(security, user));
  out.process.capabilities = capabilities;
  out.process.no_new_privileges = security.no_new_privileges;
  out.linux.resources.devices.push_back({.allow = security.privileged});
  for (const std::string& device : config.devices) TRY(add_device(device, out));
  hide_paths(security, out.linux);
  return apply_seccomp(security, capabilities.bounding, out.linux);
}

}  // namespace berth::engine
