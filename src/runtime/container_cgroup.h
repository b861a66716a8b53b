// The cgroup of a container that is being made: on record before it exists, killed and removed unless released.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/result.h"
#include "cgroup/cgroup.h"
#include "contract/state.h"
#include "runtime/state_dir.h"
#include "runtime/systemd_scope.h"
#include "spec/config.h"

namespace berth::runtime {

class ContainerCgroup {
 public:
  enum class Kind : std::uint8_t { none, directory, scope };
  // With its limits, without the device filter. Fills in `record`'s cgroup and scope.
  static Result<ContainerCgroup> reserve(const spec::Config& config, Kind kind, const StateDir& state,
                                         contract::ContainerRecord& record);

  ContainerCgroup(ContainerCgroup&& other) noexcept
      : group_(std::move(other.group_)),
        placeholder_(std::move(other.placeholder_)),
        is_scope_(other.is_scope_),
        armed_(std::exchange(other.armed_, false)) {}
  ContainerCgroup& operator=(ContainerCgroup&&) = delete;
  ContainerCgroup(const ContainerCgroup&) = delete;
  ContainerCgroup& operator=(const ContainerCgroup&) = delete;
  ~ContainerCgroup();

  [[nodiscard]] const cgroup::Cgroup& get() const noexcept { return group_; }
  // A process of the container is in it: a scope stays open by itself now.
  void settle() noexcept { placeholder_.reset(); }
  void release() noexcept { armed_ = false; }

 private:
  explicit ContainerCgroup(cgroup::Cgroup group) : group_(std::move(group)) {}
  explicit ContainerCgroup(OpenScope scope)
      : group_(std::move(scope.group)), placeholder_(std::move(scope.placeholder)), is_scope_(true) {}
  static Result<ContainerCgroup> reserve_scope(const spec::Config& config, const StateDir& state,
                                               contract::ContainerRecord& record);

  cgroup::Cgroup group_;
  std::optional<Placeholder> placeholder_;  // keeps a scope open until init is in it
  bool is_scope_ = false;
  bool armed_ = true;
};

}  // namespace berth::runtime
