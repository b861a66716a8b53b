// From a bundle to the plan of its container: everything that can be resolved or refused before a process exists.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cgroup/cgroup.h"
#include "contract/state.h"
#include "runtime/bundle.h"
#include "runtime/prepared_plan.h"

namespace berth::runtime {

struct ContainerOptions {
  std::string filter_cache;
  bool pivot = true;
  bool new_keyring = true;
  unsigned preserved_fds = 0;
  std::optional<std::string> console_socket;
};

// The plan borrows from `group`; both `bundle` and it must outlive the plan's use.
Result<PreparedPlan> plan_container(const Bundle& bundle, const contract::ContainerRecord& record,
                                    const cgroup::Cgroup& group, const ContainerOptions& options);

}  // namespace berth::runtime
