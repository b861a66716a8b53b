// Controllers along a path: cgroup.controllers says what a cgroup has, cgroup.subtree_control of its parent
// gives it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::cgroup {

enum class Controller : unsigned {
  cpu = 1,
  cpuset = 2,
  io = 4,
  memory = 8,
  pids = 16,
  hugetlb = 32,
  rdma = 64,
  misc = 128
};

// A set of controllers; a plain value.
class ControllerSet {
 public:
  constexpr ControllerSet() = default;
  constexpr ControllerSet(std::initializer_list<Controller> members) {
    for (const Controller member : members) add(member);
  }
  // The words that we know in the text of a cgroup.controllers.
  [[nodiscard]] static ControllerSet parse(std::string_view text);

  constexpr void add(Controller member) noexcept { bits_ |= static_cast<unsigned>(member); }
  constexpr void add(ControllerSet other) noexcept { bits_ |= other.bits_; }
  [[nodiscard]] constexpr bool has(Controller member) const noexcept {
    return (bits_ & static_cast<unsigned>(member)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr ControllerSet without(ControllerSet other) const noexcept {
    return ControllerSet(bits_ & ~other.bits_);
  }
  [[nodiscard]] constexpr ControllerSet common(ControllerSet other) const noexcept {
    return ControllerSet(bits_ & other.bits_);
  }
  // "cpu, memory", for people.
  [[nodiscard]] std::string names() const;
  // "+cpu +memory", as cgroup.subtree_control takes it.
  [[nodiscard]] std::string enabling() const;
  friend constexpr bool operator==(const ControllerSet&, const ControllerSet&) = default;

 private:
  explicit constexpr ControllerSet(unsigned bits) : bits_(bits) {}
  [[nodiscard]] std::string listed(std::string_view first, std::string_view next) const;
  unsigned bits_ = 0;
};

[[nodiscard]] std::string_view name_of(Controller controller) noexcept;
// The one that a file of the tree belongs to ("memory.high": memory); nullopt for the core's and for unknown
// ones.
[[nodiscard]] std::optional<Controller> controller_of(std::string_view file) noexcept;

// What the cgroup with this directory has.
[[nodiscard]] Result<ControllerSet> available(FdRef directory, std::string_view path);

// Gives `path` (whose directory is open as `directory`) as many of `wanted` as its ancestors have, writing
// only where something is missing. Whatever cannot be given is no error here: the limit that needs it will
// say so. Returns what `path` then has.
[[nodiscard]] Result<ControllerSet> enable(FdRef directory, const std::string& path,
                                           const std::string& mount_point, ControllerSet wanted);

}  // namespace berth::cgroup
