// Masked and read-only paths: config-linux.md "Masked Paths", "Readonly Paths".
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// Files are covered by the null device, directories by one empty read-only tmpfs. Missing paths are fine.
void mask_paths(Context& context) noexcept;
void make_paths_readonly(Context& context) noexcept;

}  // namespace berth::runtime::init
