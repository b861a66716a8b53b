#include "runtime/init/launch.h"
#include "runtime/init/seccomp_cache.h"

namespace berth::runtime::init {

Result<bool> plan_filter(const spec::Seccomp& seccomp, const std::string& cache, ProcessPlan& plan) {
  TRY_ASSIGN(auto filter, compile_seccomp_cached(seccomp, cache));
  plan.seccomp = std::move(filter.program);
  plan.seccomp_flags = filter.flags;
  return filter.wants_listener();
}

std::string filter_compiler_version() {
  return compiler_version();
}

}  // namespace berth::runtime::init
