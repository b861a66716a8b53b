#include "runtime/init/labels.h"

#include <array>
#include <cstring>

#include "runtime/init/proc_file.h"

namespace berth::runtime::init {

namespace {

void write_apparmor(Context& context, std::string_view profile) noexcept {
  std::array<char, 512> command{"exec "};
  if (profile.size() + 6 > command.size()) context.report.fail_with(ENAMETOOLONG, 0, {"AppArmor profile"});
  std::memcpy(command.data() + 5, profile.data(), profile.size());
  const std::string_view text(command.data(), profile.size() + 5);
  if (write_own_proc(context.proc, "attr/apparmor/exec", text)) return;
  if (errno == ENOENT && write_own_proc(context.proc, "attr/exec", text)) return;  // before Linux 5.8
  context.report.fail("apply the AppArmor profile", profile);
}

}  // namespace

void write_labels(Context& context) noexcept {
  const ProcessPlan& process = context.plan.process;
  if (!process.selinux_label.empty() && !write_own_proc(context.proc, "attr/exec", process.selinux_label))
    context.report.fail("apply the SELinux label", process.selinux_label);
  if (!process.apparmor_profile.empty()) write_apparmor(context, process.apparmor_profile);
}

}  // namespace berth::runtime::init
