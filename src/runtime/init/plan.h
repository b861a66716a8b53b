// The plan: all that the child between clone3 and execve needs to know, as plain data, resolved in the parent.
//
// The child reads it from its copy of the parent's memory and decides nothing: a mistake in config.json is found
// while the plan is made, before any process exists. Descriptors in it are borrowed from their owners in the
// parent, open when launch() is called and close-on-exec; -1 stands for none.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::runtime::init {

struct JoinedNamespace {
  int flag = 0;  // CLONE_NEW*
  int fd = -1;   // the namespace, or with several flags the pidfd of a process in them
};

struct IdRange {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t size = 0;
};

struct NamespacePlan {
  std::uint64_t created = 0;  // CLONE_NEW* flags
  std::vector<JoinedNamespace> joined;
  std::vector<IdRange> uid_map;  // of a new user namespace
  std::vector<IdRange> gid_map;
  std::string time_offsets;        // lines for /proc/self/timens_offsets of a new time namespace
  bool in_user_namespace = false;  // made or joined: device nodes are bound, not made
  bool deny_setgroups = false;     // an unprivileged user maps its own gid, or has: user_namespaces(7)
};

// One mount, in the order of the list. Attributes are MOUNT_ATTR_*.
struct MountPlan {
  enum class Kind { filesystem, bind, reconfigure };
  Kind kind = Kind::filesystem;
  std::string name;  // "mounts[3]", for errors
  std::string source;
  std::string target;  // inside the root
  std::string type;
  std::vector<std::pair<std::string, std::string>> options;  // for the filesystem; {key, ""}: a flag
  std::string joined_options;      // the same for mount(2), where one is too long for fsconfig(2); else empty
  unsigned long joined_flags = 0;  // MS_* that belong to these
  std::string label;               // SELinux: of the root of the filesystem, where context= is not taken
  bool recursive = false;          // a bind with all that is mounted below
  std::uint64_t set = 0;
  std::uint64_t clear = 0;
  std::uint64_t recursive_set = 0;
  std::uint64_t recursive_clear = 0;
  std::vector<std::pair<std::uint64_t, bool>> propagation;  // {MS_*, recursive}, one after the other
  bool copy_up = false;             // tmpcopyup: begins with what the root has in this place
  bool source_is_directory = true;  // a bind: what the target is made as when it is missing
  int source_mount = -1;        // a bind: a detached mount that the parent made; -1: init copies the source
  bool read_only_last = false;  // /dev: becomes read-only when its nodes are made
};

struct DevicePlan {
  std::string path;  // inside the root
  mode_t mode = 0;   // type and permissions
  dev_t number = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string host_path = {};  // where the host has it, should it have to be bound; empty: at `path`
};

struct LinkPlan {
  std::string target;
  std::string path;  // inside the root
};

struct RootPlan {
  std::string path;                    // on the host, absolute
  std::uint64_t propagation = 0;       // MS_* for the whole tree, before anything is mounted
  std::uint64_t root_propagation = 0;  // MS_SHARED and the like for the new root, at the end; 0: as it is
  bool read_only = false;
  bool pivot = true;
  std::vector<MountPlan> mounts;
  bool make_devices = true;  // false when /dev is bound from the host
  std::vector<DevicePlan> devices;
  std::vector<LinkPlan> links;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
};

struct NetDevicePlan {
  std::string host_name;
  std::string name;  // in the container
};

struct RlimitPlan {
  int resource = 0;
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

struct HookPlan {
  std::string path;
  std::vector<std::string> args;
  std::vector<std::string> env;
  int timeout_ms = -1;
};

// The container's state as a hook gets it, around the pid: the child's own, which only the child knows.
struct HookState {
  std::string before_pid;
  std::string after_pid;
};

struct SchedulerPlan {
  std::uint32_t policy = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t flags = 0;
  std::uint64_t runtime = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

struct TerminalPlan {
  bool wanted = false;
  int console_socket = -1;  // connected; -1: the pty goes to the parent
  std::uint16_t rows = 0;   // 0 x 0: the kernel's default
  std::uint16_t columns = 0;
};

// The payload. All that `exec` sets too.
struct ProcessPlan {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string cwd;
  bool set_home = false;  // HOME is not in env: it is read from the container's /etc/passwd
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::optional<mode_t> umask;
  std::uint64_t bounding = 0;
  std::uint64_t effective = 0;
  std::uint64_t inheritable = 0;
  std::uint64_t permitted = 0;
  std::uint64_t ambient = 0;
  std::vector<RlimitPlan> rlimits;
  bool no_new_privileges = false;
  std::vector<std::uint64_t> seccomp;  // sock_filter instructions, one a word; empty: no filter
  unsigned seccomp_flags = 0;          // SECCOMP_FILTER_FLAG_*
  int seccomp_listener = -1;           // connected socket that gets the notify descriptor
  std::vector<std::string>
      seccomp_state;  // what is sent with it: pieces around init's pid as the host counts
  std::string apparmor_profile;
  std::string selinux_label;
  std::optional<int> oom_score_adj;
  std::optional<SchedulerPlan> scheduler;
  std::optional<int> io_priority;           // as ioprio_set(2) takes it
  std::vector<std::uint64_t> cpu_affinity;  // a CPU mask for exec, once it is in the cgroup; empty: as it is
  std::optional<unsigned long> personality;
  std::optional<std::pair<int, std::vector<std::uint64_t>>> memory_policy;  // set_mempolicy(2): mode, nodes
  std::string keyring;  // name of the new session keyring; empty: keep the caller's
  TerminalPlan terminal;
  unsigned preserved_fds = 0;  // descriptors 3 … 3+N-1 stay open
};

struct Plan {
  NamespacePlan namespaces;
  int cgroup = -1;               // directory in which the child begins
  std::optional<RootPlan> root;  // none: exec, into a container that has one
  ProcessPlan process;
  std::string hostname;
  std::string domainname;
  bool loopback_up = false;                                 // a new network namespace
  std::vector<NetDevicePlan> net_devices;                   // moved by the parent
  std::vector<std::pair<std::string, std::string>> sysctl;  // {"net/ipv4/ip_forward", "1"}
  bool runtime_hooks = false;                               // the parent has hooks to run before pivot_root
  std::vector<HookPlan> create_container_hooks;
  std::vector<HookPlan> start_container_hooks;
  HookState hook_state_creating;
  HookState hook_state_created;
  int lock = -1;  // of the state directory: the parent's alone, the child lets go of it at once
  int start_listener =
      -1;  // the socket at which `start` knocks; -1: the payload starts when the parent says so
};

}  // namespace berth::runtime::init
