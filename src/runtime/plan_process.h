// The payload of `create`, `run` and `exec`. config.md "Process".
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "contract/state.h"
#include "runtime/prepared_plan.h"
#include "spec/config.h"

namespace berth::runtime {

struct ProcessOptions {
  std::string filter_cache;                           // directory of compiled seccomp filters
  const contract::ContainerRecord* record = nullptr;  // whose state goes to a seccomp listener
  std::string keyring;                                // of a new session keyring; empty: the caller's stays
  unsigned preserved_fds = 0;
  std::optional<std::string> console_socket;
};

// Fills the process part of the plan. EINVAL for a process that cannot be.
Result<void> plan_process(const spec::Process& process, const spec::Linux& linux_config,
                          const ProcessOptions& options, PreparedPlan& prepared);

// "0-3,7" as a bit mask; EINVAL for anything else.
[[nodiscard]] Result<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text);

}  // namespace berth::runtime
