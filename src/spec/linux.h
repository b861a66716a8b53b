// config-linux.md: what only Linux has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/device.h"
#include "spec/id_mapping.h"
#include "spec/namespaces.h"
#include "spec/resources.h"
#include "spec/seccomp.h"

namespace berth::spec {

// "Rootfs Mount Propagation". The r-forms are runc's: recursive.
enum class Propagation : std::uint8_t {
  private_mount,
  rprivate,
  slave,
  rslave,
  shared,
  rshared,
  unbindable,
  runbindable
};
constexpr EnumNames<Propagation, 8> names(Propagation /*propagation*/) {
  return {{{Propagation::private_mount, "private"},
           {Propagation::rprivate, "rprivate"},
           {Propagation::slave, "slave"},
           {Propagation::rslave, "rslave"},
           {Propagation::shared, "shared"},
           {Propagation::rshared, "rshared"},
           {Propagation::unbindable, "unbindable"},
           {Propagation::runbindable, "runbindable"}}};
}

struct IntelRdt {
  std::string clos_id = {};
  std::vector<std::string> schemata = {};
  std::string l3_cache_schema = {};
  std::string mem_bw_schema = {};
  bool enable_monitoring = false;
  bool enable_cmt = false;
  bool enable_mbm = false;
  friend bool operator==(const IntelRdt&, const IntelRdt&) = default;
};
Result<void> decode(const json::Value& value, IntelRdt& out);
void encode(json::Writer& out, const IntelRdt& rdt);

enum class PersonalityDomain : std::uint8_t { linux64, linux32 };
constexpr EnumNames<PersonalityDomain, 2> names(PersonalityDomain /*domain*/) {
  return {{{PersonalityDomain::linux64, "LINUX"}, {PersonalityDomain::linux32, "LINUX32"}}};
}

struct Personality {
  PersonalityDomain domain = PersonalityDomain::linux64;
  std::vector<std::string> flags = {};  // the spec names none yet
  friend bool operator==(const Personality&, const Personality&) = default;
};
Result<void> decode(const json::Value& value, Personality& out);
void encode(json::Writer& out, const Personality& personality);

struct NetDevice {
  std::string name = {};  // in the container; empty: as on the host
  friend bool operator==(const NetDevice&, const NetDevice&) = default;
};
Result<void> decode(const json::Value& value, NetDevice& out);
void encode(json::Writer& out, const NetDevice& device);

// The enumerators are the kernel's MPOL_ numbers: set_mempolicy(2).
enum class MemoryPolicyMode : std::uint8_t {
  default_policy = 0,
  preferred = 1,
  bind = 2,
  interleave = 3,
  local = 4,
  preferred_many = 5,
  weighted_interleave = 6,
};
constexpr EnumNames<MemoryPolicyMode, 7> names(MemoryPolicyMode /*mode*/) {
  return {{{MemoryPolicyMode::default_policy, "MPOL_DEFAULT"},
           {MemoryPolicyMode::preferred, "MPOL_PREFERRED"},
           {MemoryPolicyMode::bind, "MPOL_BIND"},
           {MemoryPolicyMode::interleave, "MPOL_INTERLEAVE"},
           {MemoryPolicyMode::local, "MPOL_LOCAL"},
           {MemoryPolicyMode::preferred_many, "MPOL_PREFERRED_MANY"},
           {MemoryPolicyMode::weighted_interleave, "MPOL_WEIGHTED_INTERLEAVE"}}};
}
// The enumerators are the kernel's MPOL_F_ bits.
enum class MemoryPolicyFlag : std::uint16_t {
  numa_balancing = 1U << 13U,
  relative_nodes = 1U << 14U,
  static_nodes = 1U << 15U,
};
constexpr EnumNames<MemoryPolicyFlag, 3> names(MemoryPolicyFlag /*flag*/) {
  return {{{MemoryPolicyFlag::numa_balancing, "MPOL_F_NUMA_BALANCING"},
           {MemoryPolicyFlag::relative_nodes, "MPOL_F_RELATIVE_NODES"},
           {MemoryPolicyFlag::static_nodes, "MPOL_F_STATIC_NODES"}}};
}

struct MemoryPolicy {
  MemoryPolicyMode mode = MemoryPolicyMode::default_policy;
  std::string nodes = {};  // "0-1,3"
  std::vector<MemoryPolicyFlag> flags = {};
  friend bool operator==(const MemoryPolicy&, const MemoryPolicy&) = default;
};
Result<void> decode(const json::Value& value, MemoryPolicy& out);
void encode(json::Writer& out, const MemoryPolicy& policy);

struct Linux {
  std::vector<Namespace> namespaces = {};
  std::vector<IdMapping> uid_mappings = {};
  std::vector<IdMapping> gid_mappings = {};
  std::map<std::string, TimeOffset> time_offsets = {};  // "monotonic", "boottime"
  std::vector<Device> devices = {};
  std::map<std::string, NetDevice> net_devices = {};  // by the host's name
  std::string cgroups_path = {};
  Resources resources = {};
  std::optional<Propagation> rootfs_propagation = {};
  std::optional<Seccomp> seccomp = {};
  std::map<std::string, std::string> sysctl = {};
  std::vector<std::string> masked_paths = {};
  std::vector<std::string> readonly_paths = {};
  std::string mount_label = {};
  std::optional<IntelRdt> intel_rdt = {};
  std::optional<MemoryPolicy> memory_policy = {};
  std::optional<Personality> personality = {};

  // nullptr when the list has none of that type.
  [[nodiscard]] const Namespace* find(NamespaceType type) const noexcept;
  [[nodiscard]] bool has(NamespaceType type) const noexcept { return find(type) != nullptr; }
  friend bool operator==(const Linux&, const Linux&) = default;
};
Result<void> decode(const json::Value& value, Linux& out);
void encode(json::Writer& out, const Linux& linux_config);

}  // namespace berth::spec
