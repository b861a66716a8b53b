// --pidfd-socket: a program that wants the pidfd of a container's init, as runc hands it over.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/pidfd.h"

namespace berth::runtime {

// One message, "pidfd", with the descriptor.
Result<void> send_pidfd(const std::string& socket_path, const sys::PidFd& init);

}  // namespace berth::runtime
