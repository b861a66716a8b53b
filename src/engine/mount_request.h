// The mounts of the command line: -v, --mount and --tmpfs, as podman reads them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/container.h"

namespace berth::engine {

// "SOURCE:DESTINATION[:OPTIONS]". Named volumes are not there yet: SOURCE is a path (relative ones begin with a dot).
[[nodiscard]] Result<MountRequest> parse_volume(std::string_view text);
// "type=bind,source=/a,destination=/b,ro=true" or "type=tmpfs,destination=/b,tmpfs-size=1m".
[[nodiscard]] Result<MountRequest> parse_mount(std::string_view text);
// "DESTINATION[:OPTIONS]".
[[nodiscard]] Result<MountRequest> parse_tmpfs(std::string_view text);

}  // namespace berth::engine
