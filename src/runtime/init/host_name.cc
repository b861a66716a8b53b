#include "runtime/init/host_name.h"

#include <unistd.h>

namespace berth::runtime::init {

void set_host_name(Context& context) noexcept {
  const Plan& plan = context.plan;
  if (!plan.hostname.empty() && ::sethostname(plan.hostname.data(), plan.hostname.size()) != 0)
    context.report.fail("set the host name", plan.hostname);
  if (!plan.domainname.empty() && ::setdomainname(plan.domainname.data(), plan.domainname.size()) != 0)
    context.report.fail("set the domain name", plan.domainname);
}

}  // namespace berth::runtime::init
