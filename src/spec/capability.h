// Capabilities by name and number: capabilities(7), linux/capability.h; config.md "process.capabilities".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"

namespace berth::spec {

// The enumerators are the kernel's numbers.
enum class Capability : std::uint8_t {
  chown,
  dac_override,
  dac_read_search,
  fowner,
  fsetid,
  kill,
  setgid,
  setuid,
  setpcap,
  linux_immutable,
  net_bind_service,
  net_broadcast,
  net_admin,
  net_raw,
  ipc_lock,
  ipc_owner,
  sys_module,
  sys_rawio,
  sys_chroot,
  sys_ptrace,
  sys_pacct,
  sys_admin,
  sys_boot,
  sys_nice,
  sys_resource,
  sys_time,
  sys_tty_config,
  mknod,
  lease,
  audit_write,
  audit_control,
  setfcap,
  mac_override,
  mac_admin,
  syslog,
  wake_alarm,
  block_suspend,
  audit_read,
  perfmon,
  bpf,
  checkpoint_restore,
};
inline constexpr int kCapabilityCount = 41;

// "CAP_CHOWN"
[[nodiscard]] std::string_view to_text(Capability capability) noexcept;
// "CAP_CHOWN", exactly; nullopt for any other text.
[[nodiscard]] std::optional<Capability> capability_from_text(std::string_view name) noexcept;

// A set as the kernel keeps it: bit N is the capability with the number N. A plain value.
class CapabilitySet {
 public:
  constexpr CapabilitySet() = default;
  constexpr CapabilitySet(std::initializer_list<Capability> members) {
    for (const Capability member : members) add(member);
  }
  [[nodiscard]] static constexpr CapabilitySet all() noexcept {
    CapabilitySet set;
    set.bits_ = (std::uint64_t{1} << kCapabilityCount) - 1;
    return set;
  }

  constexpr void add(Capability capability) noexcept { bits_ |= bit(capability); }
  constexpr void remove(Capability capability) noexcept { bits_ &= ~bit(capability); }
  [[nodiscard]] constexpr bool has(Capability capability) const noexcept {
    return (bits_ & bit(capability)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
  [[nodiscard]] std::vector<Capability> members() const;
  friend constexpr bool operator==(const CapabilitySet&, const CapabilitySet&) = default;

 private:
  static constexpr std::uint64_t bit(Capability capability) noexcept {
    return std::uint64_t{1} << static_cast<unsigned>(capability);
  }
  std::uint64_t bits_ = 0;
};

// An array of names; an unknown one is an error that names its place.
Result<void> decode(const json::Value& value, CapabilitySet& out);
void encode(json::Writer& out, const CapabilitySet& set);

// All empty when the document has no `capabilities`: the process then has none.
struct Capabilities {
  CapabilitySet bounding;
  CapabilitySet effective;
  CapabilitySet inheritable;
  CapabilitySet permitted;
  CapabilitySet ambient;
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};
Result<void> decode(const json::Value& value, Capabilities& out);
void encode(json::Writer& out, const Capabilities& capabilities);

}  // namespace berth::spec
