// The vestibule: a short-lived copy of the parent that joins namespaces, in which clone3 then makes the child.
// setns(2): a user namespace must be joined before what it owns, and a process does not come back from one.
#pragma once

#include "base/result.h"
#include "runtime/init/child.h"
#include "sys/clone.h"

namespace berth::runtime::init {

[[nodiscard]] bool needs_vestibule(const NamespacePlan& plan) noexcept;
// Like clone3, but never returns in the child.
Result<sys::Cloned> clone_in_vestibule(const Plan& plan, const ChildArguments& arguments,
                                       std::uint64_t flags);

}  // namespace berth::runtime::init
