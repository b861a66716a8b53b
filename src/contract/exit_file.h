// The exit file: DIR/CID holds the container's exit status in decimal, no newline. Its modification time is
// when the container ended. Written in one step (a reader sees all of it or no file).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace berth::contract {

struct ExitRecord {
  int status = 0;                // the shell's convention: 128 + signal
  std::int64_t finished_ns = 0;  // since the epoch
};

[[nodiscard]] Result<void> write_exit_file(const std::string& path, int status);
// nullopt when there is none (yet). EINVAL when it holds something else.
[[nodiscard]] Result<std::optional<ExitRecord>> read_exit_file(const std::string& path);

}  // namespace berth::contract
