// --systemd-cgroup: the container's cgroup as a transient scope of systemd's.
//
//   we ──fork──> placeholder (sleeps)
//   we ──StartTransientUnit(PIDs=[placeholder])──> systemd makes the scope and moves the placeholder into its cgroup
//   we ──clone3(CLONE_INTO_CGROUP)──> init is born in it; then the placeholder has done its work and is killed
//
// A scope ends by itself with its last process, so `delete` needs no bus, and a crash of ours leaves nothing behind:
// the placeholder dies with us (PR_SET_PDEATHSIG).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroup/cgroup.h"
#include "spec/config.h"
#include "sys/pidfd.h"
#include "systemd/property_value.h"

namespace berth::runtime {

struct ScopeName {
  std::string slice;  // empty: systemd's default
  std::string unit;
  friend bool operator==(const ScopeName&, const ScopeName&) = default;
};
// linux.cgroupsPath as podman, Docker and Kubernetes write it for systemd: "slice:prefix:name". Empty: "berth-<id>.scope".
[[nodiscard]] Result<ScopeName> scope_name(std::string_view cgroups_path, std::string_view id);

// Limits as properties, so that systemd itself keeps them, and the annotations org.systemd.property.*.
[[nodiscard]] Result<std::vector<systemd::UnitProperty>> scope_properties(const spec::Config& config);

// `update`: the files of the cgroup were written; now systemd is told, or it would write its old values with the next change of
// the unit. What it writes now is put right again where it rounds. `group`: says what is in force of a pair of which only one changes.
[[nodiscard]] Result<void> update_scope(const std::string& unit, const cgroup::Cgroup& group,
                                        const spec::Resources& change);

// A process that only exists. Killed and reaped at the end of its life here.
class Placeholder {
 public:
  static Result<Placeholder> start();
  Placeholder(Placeholder&&) noexcept = default;
  Placeholder& operator=(Placeholder&&) = delete;
  Placeholder(const Placeholder&) = delete;
  Placeholder& operator=(const Placeholder&) = delete;
  ~Placeholder();
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  explicit Placeholder(sys::PidFd process) : process_(std::move(process)) {}
  sys::PidFd process_;
};

struct OpenScope {
  std::string unit;
  cgroup::Cgroup group;     // limits set, without the device filter
  Placeholder placeholder;  // keep it until another process is in the cgroup
};
[[nodiscard]] Result<OpenScope> open_scope(const spec::Config& config, const std::string& id);

// Kills what is in the scope's cgroup and waits until systemd has noticed: it removes the directory, and with it the
// unit. Where it does not within a bound (2 s), the directory is removed here: the unit may then stay for a while.
[[nodiscard]] Result<void> close_scope(const cgroup::Cgroup& group);

}  // namespace berth::runtime
