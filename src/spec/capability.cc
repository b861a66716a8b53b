#include "spec/capability.h"

#include <array>

#include "spec/encode.h"

namespace berth::spec {

namespace {

constexpr std::array<std::string_view, kCapabilityCount> kNames = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

}  // namespace

std::string_view to_text(Capability capability) noexcept {
  const auto number = static_cast<std::size_t>(capability);
  return number < kNames.size() ? kNames[number] : std::string_view();
}

std::optional<Capability> capability_from_text(std::string_view name) noexcept {
  for (std::size_t number = 0; number < kNames.size(); ++number) {
    if (kNames[number] == name) return static_cast<Capability>(number);
  }
  return std::nullopt;
}

std::vector<Capability> CapabilitySet::members() const {
  std::vector<Capability> members;
  for (int number = 0; number < kCapabilityCount; ++number) {
    const auto capability = static_cast<Capability>(number);
    if (has(capability)) members.push_back(capability);
  }
  return members;
}

Result<void> decode(const json::Value& value, CapabilitySet& out) {
  TRY_ASSIGN(const auto elements, value.elements());
  out = {};
  for (const json::Value& element : elements) {
    TRY_ASSIGN(const std::string name, element.as_string());
    const auto capability = capability_from_text(name);
    if (!capability) return element.expected("the name of a capability (CAP_CHOWN, CAP_KILL, …)");
    out.add(*capability);
  }
  return {};
}

void encode(json::Writer& out, const CapabilitySet& set) {
  out.begin_array();
  for (const Capability capability : set.members()) out.value(to_text(capability));
  out.end_array();
}

Result<void> decode(const json::Value& value, Capabilities& out) {
  TRY(json::read(value, "bounding", out.bounding));
  TRY(json::read(value, "effective", out.effective));
  TRY(json::read(value, "inheritable", out.inheritable));
  TRY(json::read(value, "permitted", out.permitted));
  TRY(json::read(value, "ambient", out.ambient));
  return {};
}

void encode(json::Writer& out, const Capabilities& capabilities) {
  const auto put_set = [&out](std::string_view name, const CapabilitySet& set) {
    if (!set.empty()) put_always(out, name, set);
  };
  out.begin_object();
  put_set("bounding", capabilities.bounding);
  put_set("effective", capabilities.effective);
  put_set("inheritable", capabilities.inheritable);
  put_set("permitted", capabilities.permitted);
  put_set("ambient", capabilities.ambient);
  out.end_object();
}

}  // namespace berth::spec
