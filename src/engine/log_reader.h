// `berth logs`: a container's log file, read from its end or its beginning, followed while the container runs.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "engine/engine.h"

namespace berth::engine {

struct LogOptions {
  bool follow = false;
  bool timestamps = false;
  std::int64_t since_ns = 0;
  std::int64_t until_ns = 0;          // 0: no end
  std::optional<std::uint64_t> tail;  // the last N lines
  bool names = false;                 // each line begins with the container's name
};

// Writes the container's stdout to ours, its stderr to ours. With `follow` it returns when the container has ended (or was
// removed) and all that it said is written. EINVAL for a log driver that keeps nothing.
[[nodiscard]] Result<void> show_logs(Engine& engine, const Container& container, const LogOptions& options);

}  // namespace berth::engine
