// Where criu restores a container's root: a mount namespace of our own, in which a copy of the root filesystem is
// mounted. What is mounted there is gone when the last process in it is, whatever happens.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "runtime/bundle.h"
#include "runtime/external_mounts.h"

namespace berth::runtime {

class RestoreRoot {
 public:
  // Moves this process into the namespace; mounts the bundle's root at `directory`, which is there, after it has made the
  // mount points in it that are missing.
  static Result<RestoreRoot> make(const Bundle& bundle, const std::string& directory);
  // Back to where we came from.
  RestoreRoot(RestoreRoot&&) noexcept = default;
  RestoreRoot& operator=(RestoreRoot&&) = delete;
  RestoreRoot(const RestoreRoot&) = delete;
  RestoreRoot& operator=(const RestoreRoot&) = delete;
  ~RestoreRoot();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // {key, source on the host} of the bundle's bind mounts.
  [[nodiscard]] const MountKeys& bind_mounts() const noexcept { return bind_mounts_; }
  // Runs `work` in the namespace that we came from.
  Result<void> outside(const std::function<Result<void>()>& work) const;

 private:
  RestoreRoot() = default;
  Result<void> enter_own_namespace();
  [[nodiscard]] Result<void> go_back() const;
  Result<void> make_mount_points(const Bundle& bundle);
  Result<void> make_mount_point(const Bundle& bundle, FdRef root, const spec::Mount& mount);

  std::string path_;
  MountKeys bind_mounts_;
  UniqueFd host_namespace_;
  UniqueFd host_root_;
  UniqueFd host_directory_;
};

}  // namespace berth::runtime
