// The options of a mount in config.json: mount(8), and the specification's list ("Linux mount options").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::runtime {

struct MountOptions {
  std::uint64_t set = 0;  // MOUNT_ATTR_*
  std::uint64_t clear = 0;
  std::uint64_t recursive_set = 0;  // the "r" forms: rro, rnosuid, …
  std::uint64_t recursive_clear = 0;
  std::vector<std::pair<std::uint64_t, bool>> propagation;  // {MS_*, recursive}
  std::vector<std::pair<std::string, std::string>> data;    // for the filesystem; {key, ""}: a flag
  bool bind = false;
  bool recursive_bind = false;
  bool remount = false;
  bool copy_up = false;
  bool id_map = false;
  bool recursive_id_map = false;
};

// Never fails: what is no known option is the filesystem's, which refuses what it does not know.
[[nodiscard]] MountOptions parse_mount_options(const std::vector<std::string>& options);
// The names that parse_mount_options knows, sorted: the `mountOptions` of `features`.
[[nodiscard]] std::vector<std::string> known_mount_options();

}  // namespace berth::runtime
