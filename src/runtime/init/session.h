// A session and a session keyring of its own: setsid(2), session-keyring(7).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

void begin_session(Context& context) noexcept;

}  // namespace berth::runtime::init
