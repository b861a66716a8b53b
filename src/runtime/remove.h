// `delete`: the end of a container, and the clean-up after a creation or a deletion that was interrupted.
#pragma once

#include <string>

#include "base/result.h"
#include "contract/state.h"
#include "runtime/state_dir.h"
#include "spec/hooks.h"

namespace berth::runtime {

// A stopped container; with `force` any, which is killed first, and a missing one is fine.
Result<void> remove(const std::string& root, const std::string& id, bool force);

// The same at the end of `run`, whose caller has reaped init and still knows the container: nothing is read that is
// known already. A container of that name that is no longer this one stays as it is.
Result<void> remove_ended(StateDir state, const contract::ContainerRecord& record, const spec::Hooks& hooks);

}  // namespace berth::runtime
