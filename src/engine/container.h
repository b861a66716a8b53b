// A container as the engine knows it: what was asked for (ContainerConfig, never changed after create) and what
// became of it (ContainerStatus). Both are rows of the database, see container_store.h.
//
// Phases, in the order of a life. A command that dies half way leaves a container in any of them; reconcile.h says
// how the next command heals each.
//
//   configured ──start──> creating ──> created ──> running ──> exited ──start──> creating …
//                                                    └> stopping ─┘
//   any ──rm──> removing ──> (no row)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/log_priority.h"

namespace berth::engine {

enum class Phase {
  configured,  // a row and nothing else
  creating,    // a command is starting it: monitor and OCI container may or may not be there
  created,     // the OCI container exists, its payload was not started
  running,
  stopping,  // told to stop; may be gone already
  exited,
  removing,  // a command is removing it
};
// podman's word for the phase ("configured" is "created" to the user, "created" is "initialized").
[[nodiscard]] std::string_view status_word(Phase phase);
[[nodiscard]] std::string_view phase_name(Phase phase);
[[nodiscard]] std::optional<Phase> parse_phase(std::string_view name);

// A mount that the user asked for.
struct MountRequest {
  std::string type = "bind";  // bind or tmpfs
  std::string source;         // a bind's host path, absolute
  std::string destination;
  std::vector<std::string> options;
  friend bool operator==(const MountRequest&, const MountRequest&) = default;
};

struct UlimitRequest {
  std::string name;  // "nofile"
  std::int64_t soft = 0;
  std::int64_t hard = 0;  // -1: unlimited
};

struct ResourceRequest {
  std::optional<std::int64_t> memory;       // bytes
  std::optional<std::int64_t> memory_swap;  // bytes of memory and swap together; -1: unlimited
  std::optional<std::int64_t> memory_reservation;
  std::optional<std::uint64_t> cpu_shares;
  std::optional<std::int64_t> cpu_quota;    // microseconds
  std::optional<std::uint64_t> cpu_period;  // microseconds
  std::string cpuset_cpus;
  std::string cpuset_mems;
  std::optional<std::int64_t>
      pids_limit;  // -1: unlimited; absent: the default, where the kernel has the controller
};

struct SecurityRequest {
  bool privileged = false;
  bool no_new_privileges = false;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::string seccomp_profile;        // a path, "unconfined", or empty: the system's default profile
  std::vector<std::string> masked;    // extra masked paths
  std::vector<std::string> unmasked;  // "ALL" or paths
};

struct ContainerConfig {
  std::string id;  // 64 hexadecimal digits
  std::string name;
  std::string rootfs;  // absolute
  bool read_only = false;
  bool read_only_tmpfs = true;

  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::vector<std::string> create_command;  // berth's own command line, for inspect
  std::vector<std::string> environment;     // NAME=VALUE
  std::string working_directory;            // empty: "/"
  std::string user;                         // name|uid[:group|gid]; empty: root
  std::vector<std::string> groups;
  std::string hostname;  // empty: the short id
  bool terminal = false;
  bool interactive = false;  // stdin stays open
  std::uint32_t umask = 0022;

  std::vector<MountRequest> mounts;
  std::vector<std::string> devices;  // HOST[:CONTAINER[:rwm]]
  std::int64_t shm_size = 64 << 20;
  std::vector<UlimitRequest> ulimits;
  std::map<std::string, std::string> sysctl;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::optional<int> oom_score_adj;
  ResourceRequest resources;
  SecurityRequest security;

  std::string network = "none";  // none or host
  std::string pid_namespace;     // empty: private; or "host"
  std::string ipc_namespace;
  std::string uts_namespace;
  std::string cgroup_namespace;
  std::string cgroups;  // enabled, split, disabled, no-conmon; empty until create_container decides
  std::string cgroup_parent;
  std::string sdnotify = "container";  // container, conmon, ignore
  std::vector<std::string>
      sdnotify_allow;      // what the payload may tell the service manager beyond the harmless
  std::string log_driver;  // k8s-file, json-file, none, passthrough, journald
  std::string log_path;
  std::int64_t log_size_max = -1;
  std::string log_tag;
  int log_stdout_priority = contract::kStdoutPriority;
  int log_stderr_priority = contract::kStderrPriority;

  std::string runtime;  // as given by --runtime; empty: berth-runtime
  std::string monitor;
  int stop_signal = 15;
  unsigned stop_timeout = 10;  // seconds
  unsigned timeout = 0;        // seconds it may run; 0: no end
  bool auto_remove = false;
  std::string conmon_pid_file;
  std::string pid_file;
  std::string cid_file;

  // What the container runs: entrypoint, then command.
  [[nodiscard]] std::vector<std::string> arguments() const;
};

struct ContainerStatus {
  Phase phase = Phase::configured;
  pid_t pid = 0;                // init of the container; 0: none
  std::uint64_t pid_start = 0;  // /proc/<pid>/stat field 22: with the boot id it tells a reused pid
  pid_t monitor_pid = 0;
  std::uint64_t monitor_start = 0;
  std::string boot_id;  // of the boot in which it was started
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;            // why the last start failed
  std::string cgroup;           // cgroupsPath of the last start
  std::int64_t created_ns = 0;  // since the epoch, as the other times; 0: never
  std::int64_t started_ns = 0;
  std::int64_t finished_ns = 0;

  [[nodiscard]] bool active() const noexcept {
    return phase == Phase::created || phase == Phase::running || phase == Phase::stopping;
  }
};

struct Container {
  ContainerConfig config;
  ContainerStatus status;
};

// The config as the JSON text that the database keeps. Unknown members are ignored, absent ones keep their default.
[[nodiscard]] std::string encode(const ContainerConfig& config);
[[nodiscard]] Result<ContainerConfig> decode_config(std::string_view text, std::string_view name);

}  // namespace berth::engine
