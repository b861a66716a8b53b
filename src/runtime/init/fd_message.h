// One message with at most one descriptor, sent from the child between clone3 and execve: no allocation, no throw.
// (sys::send is for everybody else.) sendmsg(2), cmsg(3).
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace berth::runtime::init {

// `passed_fd` -1: none. What sendmsg(2) returns; EINTR is retried, SIGPIPE never comes.
ssize_t send_with_fd(int socket, const void* data, std::size_t size, int passed_fd) noexcept;

}  // namespace berth::runtime::init
