// Names of system calls: those that libseccomp knows for any architecture, and those that Linux has got since.
//
// A name that is neither is a mistake in the profile, and an error: a rule that is left out silently may be the one that
// was meant to forbid. Profiles of today's engines name calls that an older libseccomp has never heard of; for these
// the filter compares the number itself, so that the rule holds all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/seccomp.h"

namespace berth::runtime::init {

[[nodiscard]] bool is_known_to_libseccomp(const std::string& name) noexcept;
// The number of a call that libseccomp does not know, as `arch` (a token of libseccomp's) has it in seccomp_data. Nothing for an
// architecture that does not have the call.
[[nodiscard]] std::optional<std::uint32_t> newer_number(std::string_view name, std::uint32_t arch) noexcept;

// EINVAL with the JSON path of the first name that is no system call's.
[[nodiscard]] Result<void> check_names(const spec::Seccomp& seccomp);
// The profile without those names, each of them with a warning.
[[nodiscard]] spec::Seccomp without_unknown_names(spec::Seccomp seccomp);

}  // namespace berth::runtime::init
