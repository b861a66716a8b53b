// "key value" lines, as cgroup.events, memory.events, cpu.stat and their like have them. Internal to
// src/cgroup.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::cgroup {

// The number after `key` at the beginning of a line.
[[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view text, std::string_view key) noexcept;
// The whole file at once, from the start, however often: pread(2) of one page (these files are never longer).
[[nodiscard]] Result<std::string> reread(FdRef file, std::string_view name);

}  // namespace berth::cgroup
