// The parts of validate(), one noun a function; see validate.h. Internal to src/spec.
#pragma once

#include "spec/complaint.h"
#include "spec/config.h"

namespace berth::spec {

[[nodiscard]] Result<void> check_process(const Process& process, const Place& at);
[[nodiscard]] Result<void> check_hooks(const Hooks& hooks, const Place& at);
[[nodiscard]] Result<void> check_mappings(const std::vector<IdMapping>& mappings, const Place& at);
[[nodiscard]] Result<void> check_namespaces(const Linux& linux_config, const Place& at);
[[nodiscard]] Result<void> check_sysctl(const Linux& linux_config, const Place& at);
[[nodiscard]] Result<void> check_resources(const Resources& resources, const Place& at);
[[nodiscard]] Result<void> check_seccomp(const Seccomp& seccomp, const Place& at);
[[nodiscard]] Result<void> check_linux(const Linux& linux_config, const Place& at);

// "0-3,7": what the kernel takes as a list of CPUs or nodes.
[[nodiscard]] bool is_cpu_list(std::string_view text) noexcept;

}  // namespace berth::spec
