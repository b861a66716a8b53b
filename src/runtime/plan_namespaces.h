// The namespaces of a container: which are made, which are joined. config-linux.md "Namespaces".
#pragma once

#include "base/result.h"
#include "runtime/prepared_plan.h"
#include "spec/linux.h"

namespace berth::runtime {

Result<void> plan_namespaces(const spec::Linux& linux_config, PreparedPlan& prepared);
// All CLONE_NEW* of the plan, made and joined.
[[nodiscard]] std::uint64_t all_namespaces(const init::NamespacePlan& plan);

}  // namespace berth::runtime
