// linux.seccomp of config.json compiled to the BPF program that seccomp(2) takes, through libseccomp.
//
// Runs in the parent: the child loads plain data and needs no library. config-linux.md "Seccomp"; seccomp(2).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spec/seccomp.h"

namespace berth::runtime::init {

struct CompiledFilter {
  std::vector<std::uint64_t> program;  // struct sock_filter, one a word: at most BPF_MAXINSNS (4096)
  unsigned flags = 0;                  // SECCOMP_FILTER_FLAG_*; NEW_LISTENER when a rule notifies
  [[nodiscard]] bool wants_listener() const noexcept;
  friend bool operator==(const CompiledFilter&, const CompiledFilter&) = default;
};

// A name that is no system call's is an error with its JSON path (seccomp_names.h says which are known).
//
// A syscall newer than everything that the profile names gives ENOSYS instead of the default action's errno: C
// libraries try new syscalls and fall back on ENOSYS only.
[[nodiscard]] Result<CompiledFilter> compile_seccomp(const spec::Seccomp& seccomp);

// "2, libseccomp 2.5.4, arch …": what else than the profile the program depends on.
[[nodiscard]] std::string compiler_version();

}  // namespace berth::runtime::init
