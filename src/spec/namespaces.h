// config-linux.md "Namespaces" and "Offset for Time Namespace"; namespaces(7), time_namespaces(7).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/enum_text.h"

namespace berth::spec {

enum class NamespaceType : std::uint8_t { pid, network, mount, ipc, uts, user, cgroup, time };
constexpr EnumNames<NamespaceType, 8> names(NamespaceType /*type*/) {
  return {{{NamespaceType::pid, "pid"},
           {NamespaceType::network, "network"},
           {NamespaceType::mount, "mount"},
           {NamespaceType::ipc, "ipc"},
           {NamespaceType::uts, "uts"},
           {NamespaceType::user, "user"},
           {NamespaceType::cgroup, "cgroup"},
           {NamespaceType::time, "time"}}};
}

struct Namespace {
  NamespaceType type = NamespaceType::pid;
  std::string path = {};  // empty: a new one is made; else it is joined
  friend bool operator==(const Namespace&, const Namespace&) = default;
};
Result<void> decode(const json::Value& value, Namespace& out);
void encode(json::Writer& out, const Namespace& ns);

// Added to the host's clock.
struct TimeOffset {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend bool operator==(const TimeOffset&, const TimeOffset&) = default;
};
Result<void> decode(const json::Value& value, TimeOffset& out);
void encode(json::Writer& out, const TimeOffset& offset);

}  // namespace berth::spec
