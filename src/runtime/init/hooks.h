// The hooks that run in the container's namespaces: createContainer and startContainer. config.md "Hooks".
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void run_container_hooks(Context& context) noexcept;
void run_start_hooks(Context& context) noexcept;

}  // namespace berth::runtime::init
