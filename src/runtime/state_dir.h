// The state directory of a container: <root>/<id>/, mode 0711.
//
//   reserved.json  contract/state.h without a pid: what a creation that was interrupted may have left. A name of its
//                own, not the first state.json: to replace a file by rename makes ext4 write it out, which takes long
//   state.json   contract/state.h: the container exists
//   config.json  the bundle's, as it was at creation: exec and the hooks of delete need it, bundles change
//   start.sock   where a created container waits for `start`; gone once it has been started
//   notify/      the notify socket, when there is one
//
// A transaction: reserve() makes it, and unless commit() is called the destructor removes it. Held with flock(2)
// on the directory itself for as long as the object lives, so commands that change a container exclude each other.
// Readers (`state`, `list`) take no lock: state.json is replaced in one step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/state.h"

namespace berth::runtime {

// Letters, digits and _+-. (runc's rule); not "." or "..".
[[nodiscard]] Result<void> check_id(std::string_view id);

class StateDir {
 public:
  // A new one; EEXIST when the id is in use.
  static Result<StateDir> reserve(const std::string& root, const std::string& id);
  // One that exists, locked; ENOENT without one. Waits for whoever holds the lock at most `timeout_ms` (EBUSY).
  static Result<StateDir> open(const std::string& root, const std::string& id, int timeout_ms = 10'000);

  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&&) = delete;
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;
  ~StateDir();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string start_socket() const { return path_ + "/start.sock"; }

  [[nodiscard]] FdRef lock() const noexcept { return lock_; }

  Result<void> write_reservation(const contract::ContainerRecord& record) const;
  Result<void> write_record(const contract::ContainerRecord& record) const;
  Result<void> write_config(std::string_view text) const;
  // From here on it outlives us.
  void commit() noexcept { remove_at_end_ = false; }
  // Lets other commands change the container meanwhile. The directory stays open: no later one can be taken for it.
  void unlock() noexcept;
  // Takes the lock again; false when somebody deleted the container. Waits as open() does.
  Result<bool> lock_again(int timeout_ms = 10'000);
  // Deletes it now.
  Result<void> remove();

 private:
  StateDir(std::string path, UniqueFd lock, bool remove_at_end)
      : path_(std::move(path)), lock_(std::move(lock)), remove_at_end_(remove_at_end) {}
  std::string path_;
  UniqueFd lock_;
  bool remove_at_end_;
};

// Without the lock; of a creation under way, what was reserved. ENOENT: "container does not exist".
[[nodiscard]] Result<contract::ContainerRecord> read_record(const std::string& root, const std::string& id);
// config.json as it was at creation.
[[nodiscard]] Result<std::string> read_config_text(const std::string& root, const std::string& id);
[[nodiscard]] std::string start_socket_path(const std::string& root, const std::string& id);
// Where compiled seccomp filters are kept, for all containers below `root`. No container can have that name.
[[nodiscard]] inline std::string filter_cache(const std::string& root) {
  return root + "/.seccomp@";
}
// The ids below `root`, sorted; none when it does not exist.
[[nodiscard]] Result<std::vector<std::string>> list_ids(const std::string& root);

}  // namespace berth::runtime
