// What happens in a cgroup: OOM kills (memory.events) and the last process leaving (cgroup.events), by
// poll(2).
//
// The kernel marks these files with POLLPRI when they change. A counter is read through a descriptor that was
// opened while the cgroup existed; it may be read even after the directory was removed (then ENODEV: use
// last()).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::cgroup {

struct MemoryEvents {
  std::uint64_t oom = 0;
  std::uint64_t oom_kill = 0;
  friend bool operator==(const MemoryEvents&, const MemoryEvents&) = default;
};

class MemoryWatch {
 public:
  // ENOENT when the cgroup has no memory controller.
  static Result<MemoryWatch> open(const std::string& directory);
  // For EventLoop::watch with EPOLLPRI; read() again after each event.
  [[nodiscard]] FdRef fd() const noexcept { return file_; }
  // ENODEV once the cgroup has been removed.
  [[nodiscard]] Result<MemoryEvents> read();
  // What read() gave last.
  [[nodiscard]] const MemoryEvents& last() const noexcept { return last_; }

 private:
  explicit MemoryWatch(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
  MemoryEvents last_;
};

// Processes that the kernel killed for want of memory since the machine was booted, in whatever cgroup: proc_vmstat(5).
[[nodiscard]] std::optional<std::uint64_t> machine_oom_kills();

struct CgroupEvents {
  bool populated = false;
  bool frozen = false;
};

class StateWatch {
 public:
  static Result<StateWatch> open(const std::string& directory);
  [[nodiscard]] FdRef fd() const noexcept { return file_; }
  [[nodiscard]] Result<CgroupEvents> read();

 private:
  explicit StateWatch(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace berth::cgroup
