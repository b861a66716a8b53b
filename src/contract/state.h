// state.json: what Berth's runtime remembers of a container, and the answer of its `state` command.
//
// Our file is written whole by rename, so a reader finds the old or the new record, also after a crash. It is ours
// alone; what others may read is the output of `state` and `list`, whose shape is the runtime specification's
// ("State") with runc's additions (rootfs, created, owner).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace berth::contract {

inline constexpr int kStateVersion = 1;

struct ContainerRecord {
  std::string oci_version;
  std::string id;
  std::string bundle;   // absolute
  std::string rootfs;   // absolute
  std::string created;  // RFC 3339, UTC, nanoseconds
  std::map<std::string, std::string> annotations;
  uid_t owner = 0;
  // 0: init was never recorded (the creation did not come to its end).
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // of that pid: clock ticks since boot
  std::string cgroup;            // directory; empty: none of its own
  std::string scope;             // systemd's unit around it; empty: the directory is ours alone
  std::uint64_t namespaces = 0;  // CLONE_NEW* flags of those that are not the host's
  bool no_new_keyring = false;
  // What 0, 1 and 2 of the payload were at first ("pipe:[123]"): a checkpoint names them. Empty: a terminal.
  std::vector<std::string> descriptors;
  friend bool operator==(const ContainerRecord&, const ContainerRecord&) = default;
};

[[nodiscard]] std::string to_json(const ContainerRecord& record);
// `name` is what errors call the text.
[[nodiscard]] Result<ContainerRecord> parse_record(std::string_view text, std::string_view name);

enum class Status { creating, created, running, paused, stopped };
[[nodiscard]] std::string_view to_text(Status status) noexcept;

// The document of `state`; its pid is 0 when the container is stopped.
[[nodiscard]] std::string state_json(const ContainerRecord& record, Status status,
                                     std::string_view owner_name, std::string_view indent);
// The document that hooks get: the specification's members only. In two parts, around the value of "pid".
struct HookStateJson {
  std::string before_pid;
  std::string after_pid;
};
[[nodiscard]] HookStateJson hook_state_json(const ContainerRecord& record, Status status);

}  // namespace berth::contract
