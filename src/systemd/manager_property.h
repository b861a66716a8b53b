// Properties of systemd's objects, one at a time: org.freedesktop.systemd1(5).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "systemd/manager_bus.h"

namespace berth::systemd {

// A string, an object path or an unsigned number, as text. EBADMSG for any other type.
[[nodiscard]] Result<std::string> get_property(ManagerBus& bus, std::string_view path,
                                               std::string_view interface, std::string_view name);
// 252 for "252.39-1~deb12u1" and for "v252-rc1"; 0 when it begins with no number.
[[nodiscard]] unsigned parse_version(std::string_view text) noexcept;
[[nodiscard]] Result<unsigned> manager_version(ManagerBus& bus);

}  // namespace berth::systemd
