#include "runtime/systemd_scope.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "cgroup/tree.h"
#include "runtime/scope_limits.h"
#include "sys/file.h"
#include "systemd/manager_property.h"
#include "systemd/transient_scope.h"

namespace berth::runtime {

namespace {

using Properties = std::vector<systemd::UnitProperty>;

Result<void> add_annotations(const std::map<std::string, std::string>& annotations, Properties& out) {
  constexpr std::string_view kPrefix = "org.systemd.property.";
  for (const auto& [key, text] : annotations) {
    if (!key.starts_with(kPrefix)) continue;
    TRY_ASSIGN(auto property, systemd::parse_property(std::string_view(key).substr(kPrefix.size()), text));
    out.push_back(std::move(property));
  }
  return {};
}

// Only where it is known: see kIdleWeightVersion.
Result<void> add_idle_weight(systemd::ManagerBus& bus, const spec::Resources& resources, Properties& out) {
  if (!is_idle(resources)) return {};
  TRY_ASSIGN(const unsigned version, systemd::manager_version(bus));
  if (version >= kIdleWeightVersion) out.push_back(idle_weight());
  return {};
}

[[noreturn]] void sleep_until_killed(pid_t parent) noexcept {
  // The parent may have died before the kernel was asked to tell.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(0);
  ::close_range(0, ~0U, 0);  // holds nothing of ours open: no pipe, no lock
  while (true) ::pause();
}

}  // namespace

Result<ScopeName> scope_name(std::string_view cgroups_path, std::string_view id) {
  if (cgroups_path.empty()) return ScopeName{.slice = {}, .unit = concat("berth-", id, ".scope")};
  const auto parts = split(cgroups_path, ':');
  if (parts.size() != 3 || parts[2].empty() || cgroups_path.find('/') != std::string_view::npos)
    return Error::invalid(
        "linux.cgroupsPath",
        concat("expected slice:prefix:name with --systemd-cgroup, found \"", cgroups_path, '"'));
  const std::string prefix = parts[1].empty() ? std::string() : concat(parts[1], '-');
  return ScopeName{.slice = std::string(parts[0]), .unit = concat(prefix, parts[2], ".scope")};
}

Result<Properties> scope_properties(const spec::Config& config) {
  TRY_ASSIGN(Properties out, limit_properties(config.linux.resources));
  TRY(add_annotations(config.annotations, out));
  return out;
}

Result<void> update_scope(const std::string& unit, const cgroup::Cgroup& group,
                          const spec::Resources& change) {
  const spec::Resources whole = group.completed(change);
  TRY_ASSIGN(auto properties, limit_properties(whole));
  if (properties.empty() && !is_idle(whole)) return {};
  TRY_ASSIGN(auto bus, systemd::ManagerBus::connect());
  TRY(add_idle_weight(bus, whole, properties));
  TRY(systemd::set_properties(bus, unit, properties));
  return group.apply(whole);  // exact, where systemd has rounded
}

Result<Placeholder> Placeholder::start() {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return Error::sys("fork");
  if (pid == 0) sleep_until_killed(parent);
  // Ours and not reaped: the pid is its own.
  TRY_ASSIGN(auto process, sys::PidFd::open(pid));
  return Placeholder(std::move(process));
}

Placeholder::~Placeholder() {
  if (!process_.valid()) return;
  ignore(process_.send_signal(SIGKILL));
  ignore(process_.reap(true));
}

Result<OpenScope> open_scope(const spec::Config& config, const std::string& id) {
  TRY_ASSIGN(const ScopeName name, scope_name(config.linux.cgroups_path, id));
  TRY_ASSIGN(auto properties, scope_properties(config));
  TRY_ASSIGN(auto bus, systemd::ManagerBus::connect());
  TRY(add_idle_weight(bus, config.linux.resources, properties));
  TRY_ASSIGN(auto placeholder, Placeholder::start());
  TRY(systemd::start_scope(bus, {.unit = name.unit,
                                 .slice = name.slice,
                                 .description = concat("container ", id),
                                 .pid = placeholder.pid(),
                                 .properties = std::move(properties)}));
  TRY_ASSIGN(const std::string path, cgroup::directory_of(placeholder.pid()));
  TRY_ASSIGN(auto group, cgroup::Cgroup::open(path));
  // The files too: exact where systemd rounds, and for all that it has no property for.
  spec::Resources limits = config.linux.resources;
  limits.devices.clear();
  TRY(group.apply(limits));
  return OpenScope{.unit = name.unit, .group = std::move(group), .placeholder = std::move(placeholder)};
}

Result<void> close_scope(const cgroup::Cgroup& group) {
  constexpr int kKillWaitMs = 10'000;
  constexpr int kNoticeSteps = 1000;
  constexpr int kStepMs = 2;
  TRY(group.kill());
  TRY_ASSIGN(const bool empty, group.wait_empty(kKillWaitMs));
  if (!empty) return Error::with_errno(ETIMEDOUT, "kill all processes of", group.path());
  // Removed by us, the directory would be gone before systemd reads why it was woken, and the unit would live on. There
  // is no event for a directory's removal in cgroupfs.
  for (int step = 0; step < kNoticeSteps; ++step) {
    TRY_ASSIGN(const bool here, sys::exists(group.path()));
    if (!here) return {};
    ::poll(nullptr, 0, kStepMs);
  }
  return group.remove();
}

}  // namespace berth::runtime
