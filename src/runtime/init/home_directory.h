// HOME, when config.json gives none: from the container's own /etc/passwd. passwd(5).
#pragma once

#include <array>
#include <string_view>

#include "runtime/init/context.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

// Writes "HOME=<directory of the user>", "HOME=/" when the file does not say.
void find_home(const Context& context, std::array<char, sys::kMaxRootPath>& out) noexcept;

// The sixth field of the first line whose third is `uid`; empty when there is none.
[[nodiscard]] std::string_view home_in_passwd(std::string_view passwd, unsigned uid) noexcept;

}  // namespace berth::runtime::init
