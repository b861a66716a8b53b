// The device filter: rules of config.json as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, which the
// kernel asks before each open(2) and mknod(2) of a device in the cgroup: bpf(2), include/uapi/linux/bpf.h.
//
// For each kind of access (read, write, mknod) the last rule that names the device decides, as the
// specification asks; what no rule names is refused. The devices that every container has (null, zero, full,
// random, urandom, tty, console, ptmx, pts) stay open, and mknod of any node is allowed: the node alone gives
// nothing, opening it does.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "spec/device.h"

namespace berth::cgroup {

// `rules` and, after them, the devices that every container has.
[[nodiscard]] std::vector<spec::DeviceRule> with_default_devices(std::vector<spec::DeviceRule> rules);

// True when every access would pass: no program is needed.
[[nodiscard]] bool allows_everything(const std::vector<spec::DeviceRule>& rules) noexcept;

// Pure. EINVAL for a device number beyond 32 bits.
[[nodiscard]] Result<std::vector<bpf_insn>> compile_device_filter(const std::vector<spec::DeviceRule>& rules);

// Loads the program and attaches it to a new cgroup. EPERM without CAP_BPF and CAP_NET_ADMIN (or
// CAP_SYS_ADMIN) in the initial user namespace.
[[nodiscard]] Result<void> attach_device_filter(FdRef directory, const std::vector<bpf_insn>& program);
// The same for a cgroup in use: what is attached there already gives way, with no moment in between without a
// filter.
[[nodiscard]] Result<void> replace_device_filter(FdRef directory, const std::vector<bpf_insn>& program);
[[nodiscard]] Result<void> remove_device_filters(FdRef directory);

// How many device programs are attached to this very cgroup.
[[nodiscard]] Result<std::size_t> attached_device_filters(FdRef directory);

}  // namespace berth::cgroup
