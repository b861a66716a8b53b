// joining_clone(): clone3 for a child that is born in namespaces which the parent cannot join and leave again. A
// short-lived copy of the parent, the joiner, enters them and makes the child there.
// setns(2): a user namespace must be joined before what it owns, and a process does not come back from one.
#pragma once

#include "base/result.h"
#include "runtime/init/child.h"
#include "sys/clone.h"

namespace berth::runtime::init {

[[nodiscard]] bool needs_joining_clone(const NamespacePlan& plan) noexcept;
// Like clone3, but never returns in the child.
Result<sys::Cloned> joining_clone(const Plan& plan, const ChildArguments& arguments, std::uint64_t flags);

}  // namespace berth::runtime::init
