// Where the host has a device that cannot be made in the container and is bound from the host instead: mknod(2) makes no device
// in a user namespace.
#pragma once

#include <sys/types.h>

#include <string>

namespace berth::runtime {

// `path` itself when it is that device on the host, else the name that the kernel gave it ("/dev/vdb" for 254:16, from
// /sys/dev), since an engine may want it under another one in the container. `path` when the kernel has no such device either.
// A hint: whoever binds the node checks it. `type`: S_IFCHR or S_IFBLK.
[[nodiscard]] std::string host_device(const std::string& path, mode_t type, dev_t number);

}  // namespace berth::runtime
