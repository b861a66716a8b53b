#include "runtime/filesystem_options.h"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace berth::runtime {

namespace {

constexpr std::size_t kMaxOption = 255;    // fsconfig(2): a string of 256 bytes with its NUL
constexpr std::size_t kMaxOptions = 4095;  // mount(2): a page with its NUL

// They belong to the superblock: fsconfig(2) takes them by name, mount(2) as flags.
struct SuperblockFlag {
  std::string_view name;
  unsigned long flag;
};
constexpr std::array<SuperblockFlag, 4> kSuperblockFlags = {{
    {"sync", MS_SYNCHRONOUS},
    {"dirsync", MS_DIRSYNC},
    {"mand", MS_MANDLOCK},
    {"lazytime", 1UL << 25U},  // MS_LAZYTIME
}};

unsigned long superblock_flag(std::string_view name) noexcept {
  for (const SuperblockFlag& known : kSuperblockFlags) {
    if (known.name == name) return known.flag;
  }
  return 0;
}

std::string option_text(const std::pair<std::string, std::string>& option) {
  return option.second.empty() ? option.first : concat(option.first, '=', option.second);
}

// The kernel gives these their labels itself.
bool takes_context(std::string_view type) noexcept {
  constexpr std::array<std::string_view, 5> kOwnLabels = {"proc", "sysfs", "cgroup", "cgroup2", "mqueue"};
  return std::find(kOwnLabels.begin(), kOwnLabels.end(), type) == kOwnLabels.end();
}

void add_label(const std::string& label, init::MountPlan& plan) {
  if (label.empty()) return;
  if (plan.type == "mqueue") plan.label = label;
  if (!takes_context(plan.type)) return;
  const bool has_one = std::any_of(plan.options.begin(), plan.options.end(),
                                   [](const auto& option) { return option.first.ends_with("context"); });
  if (!has_one) plan.options.emplace_back("context", label);
}

bool is_too_long(const init::MountPlan& plan) {
  return plan.source.size() > kMaxOption ||
         std::any_of(plan.options.begin(), plan.options.end(),
                     [](const auto& option) { return option.second.size() > kMaxOption; });
}

}  // namespace

Result<void> plan_filesystem_options(const std::string& label, init::MountPlan& plan) {
  add_label(label, plan);
  if (!is_too_long(plan)) return {};
  for (const auto& option : plan.options) {
    const unsigned long flag = superblock_flag(option.first);
    plan.joined_flags |= flag;
    if (flag == 0) append(plan.joined_options, plan.joined_options.empty() ? "" : ",", option_text(option));
  }
  if (plan.joined_options.size() > kMaxOptions)
    return Error::invalid(
        concat(plan.name, ".options"),
        concat("expected at most ", kMaxOptions, " bytes, found ", plan.joined_options.size()));
  return {};
}

Result<void> check_no_filesystem_options(const init::MountPlan& plan) {
  const std::string_view kind = plan.kind == init::MountPlan::Kind::bind ? "bind mount" : "remount";
  for (const auto& option : plan.options) {
    if (superblock_flag(option.first) != 0 || option.first.starts_with("x-")) continue;
    return Error::invalid(concat(plan.name, ".options"), concat("expected options that a ", kind,
                                                                " has, found \"", option_text(option), '"'));
  }
  return {};
}

Result<void> check_label(const std::string& member, const std::string& label) {
  if (label.empty() || ::access("/sys/fs/selinux/enforce", F_OK) == 0) return {};
  return Error::invalid(member, concat("expected none, as SELinux is not on here; found \"", label, '"'));
}

}  // namespace berth::runtime
