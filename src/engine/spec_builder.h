// A container's config.json, made of what the user asked for: podman's defaults for capabilities, mounts, masked and
// read-only paths and environment.
//
//   TRY_ASSIGN(const auto built, build_spec(container, run_dir));
//   write spec::to_json(built.config) to run_dir.config()
//
// Reads the container's root directory (users, the command) but changes nothing, neither there nor on the host.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/container.h"
#include "engine/paths.h"
#include "engine/user.h"
#include "spec/config.h"

namespace berth::engine {

// What the place decides in which the container starts.
struct StartPlace {
  std::string cgroups_path;  // linux.cgroupsPath; empty: the container stays in the cgroup of its monitor
  bool notify = false;       // the payload's NOTIFY_SOCKET is to be mounted
};

struct BuiltSpec {
  spec::Config config;
  ResolvedUser user;
  std::string hostname;
};

[[nodiscard]] Result<BuiltSpec> build_spec(const ContainerConfig& config, const RunDir& run_dir,
                                           const StartPlace& place);

}  // namespace berth::engine
