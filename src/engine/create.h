// Making a container: a row in the database, and nothing else.
#pragma once

#include "base/result.h"
#include "engine/engine.h"

namespace berth::engine {

struct CreateOptions {
  bool replace = false;  // a container of that name is killed and removed first
};

// Completes `config` (id, name, log) and inserts it. EEXIST names the container that has the name. With a cid file the
// id is written there; EEXIST when the file is there already.
[[nodiscard]] Result<Container> create_container(Engine& engine, ContainerConfig config,
                                                 const CreateOptions& options);

}  // namespace berth::engine
