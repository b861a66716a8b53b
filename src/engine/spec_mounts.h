// The mounts of a container: the standard ones, the files that we generate, what the user asked for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/container.h"
#include "engine/paths.h"
#include "spec/mount.h"

namespace berth::engine {

// In the order in which they are made: a user's mount at the place of a standard one takes its place; those of the
// user are sorted so that /a comes before /a/b.
[[nodiscard]] std::vector<spec::Mount> container_mounts(const ContainerConfig& config, const RunDir& run_dir,
                                                        bool notify);

// The files of the run directory that container_mounts() binds over /etc and /run.
struct GeneratedFile {
  std::string name;         // in the run directory
  std::string destination;  // in the container
};
[[nodiscard]] std::vector<GeneratedFile> generated_files(const ContainerConfig& config);
// Writes them. `hostname` is the container's.
[[nodiscard]] Result<void> write_generated_files(const ContainerConfig& config, const RunDir& run_dir,
                                                 const std::string& hostname);

}  // namespace berth::engine
