// `berth ps`: containers as a table, as podman's JSON, or through a template.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace berth::engine {

struct ListOptions {
  bool all = false;  // also those that do not run
  bool no_trunc = false;
  bool quiet = false;  // ids only
  bool no_heading = false;
  int last = -1;                     // the newest N, in any state; -1: no such limit
  std::string format;                // "", "json", "table {{.ID}} …" or "{{.ID}} …"
  std::vector<std::string> filters;  // name=…, id=…, status=…, label=NAME[=VALUE], exited=CODE
};

// The text to print. EINVAL for a filter or a template that is not understood.
[[nodiscard]] Result<std::string> list_containers(Engine& engine, const ListOptions& options);

// "Up 3 minutes", "Exited (0) 2 hours ago", "Created".
[[nodiscard]] std::string status_text(const ContainerStatus& status, std::int64_t now);

}  // namespace berth::engine
