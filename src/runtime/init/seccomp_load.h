// Loading the compiled filter: seccomp(2), and prctl(2) PR_SET_NO_NEW_PRIVS.
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void forbid_new_privileges(Context& context) noexcept;
void load_seccomp(Context& context) noexcept;

}  // namespace berth::runtime::init
