// The two spellings of a sysctl's name: sysctl(8).
#pragma once

#include <string>
#include <string_view>

namespace berth::spec {

// The path below /proc/sys. The first separator says which one separates, the other belongs to a name:
// "net.ipv4.ip_forward" is net/ipv4/ip_forward, "net/ipv4/conf/eth0.100/forwarding" is itself.
[[nodiscard]] std::string sysctl_path(std::string_view name);

}  // namespace berth::spec
