#include "cgroup/apply.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "cgroup/device_filter.h"
#include "cgroup/io_settings.h"
#include "sys/file.h"
#include "sys/privilege.h"

namespace berth::cgroup {

namespace {

// Why a file is not there, in the user's terms.
Error missing(const Setting& setting, const std::string& path, ControllerSet has) {
  const auto controller = controller_of(setting.file);
  if (controller && !has.has(*controller))
    return Error::invalid(setting.member,
                          concat("expected the ", name_of(*controller), " controller in ", path,
                                 ", which has ", has.empty() ? "none" : has.names()),
                          ENOENT);
  return Error::invalid(setting.member,
                        concat("expected a file ", setting.file, " in ", path, ", found none"), ENOENT);
}

Result<void> write_setting(FdRef directory, const std::string& path, ControllerSet has,
                           const Setting& setting) {
  auto written = sys::write_existing_at(directory, setting.file, setting.value);
  if (written) return {};
  if (written.error().is(ENOENT)) {
    if (setting.may_be_missing) return {};
    return missing(setting, path, has);
  }
  return std::move(written).context(concat("set ", setting.member, " to ", setting.value, " in"), path);
}

// The kernel would make room by killing; whoever asked for the check wants a refusal instead.
Result<void> check_memory(FdRef directory, const spec::MemoryLimits& memory) {
  const std::int64_t limit = memory.limit.value_or(0);
  if (!memory.check_before_update.value_or(false) || limit <= 0) return {};
  const auto file = sys::open_at(directory, "memory.current", O_RDONLY);
  if (!file) return {};  // no controller: the limit itself will say so
  TRY_ASSIGN(const std::string text, sys::read_all(*file, "memory.current"));
  const auto used = parse_number<std::int64_t>(trim(text));
  if (used && *used > limit)
    return Error::invalid("linux.resources.memory.limit",
                          concat("expected more than the ", *used, " bytes in use, found ", limit), EBUSY);
  return {};
}

// A burst must not exceed the quota: where the old quota is in the way, it has to grow first, and the other
// way round. So cpu.max.burst is tried at its place (after cpu.max) and, when cpu.max was refused, before it.
Result<void> write_in_order(FdRef directory, const std::string& path, ControllerSet has,
                            const std::vector<Setting>& settings) {
  for (std::size_t i = 0; i < settings.size(); ++i) {
    auto written = write_setting(directory, path, has, settings[i]);
    const bool burst_follows = i + 1 < settings.size() && settings[i + 1].file == "cpu.max.burst";
    if (!written && settings[i].file == "cpu.max" && burst_follows && written.error().is(EINVAL)) {
      TRY(write_setting(directory, path, has, settings[i + 1]));
      written = write_setting(directory, path, has, settings[i]);
    }
    TRY(std::move(written));
  }
  return {};
}

// The first word of a file; empty when there is no such file.
std::string first_word(FdRef directory, const std::string& name) {
  const auto file = sys::open_at(directory, name, O_RDONLY);
  if (!file) return {};
  const auto text = sys::read_all(*file, name);
  if (!text) return {};
  return std::string(trim(std::string_view(*text).substr(0, text->find_first_of(" \n"))));
}

std::optional<std::uint64_t> period_in_force(FdRef directory) {
  const auto file = sys::open_at(directory, "cpu.max", O_RDONLY);
  if (!file) return std::nullopt;
  const auto text = sys::read_all(*file, "cpu.max");
  const auto words = text ? split_once(trim(*text), ' ') : std::nullopt;
  return words ? parse_number<std::uint64_t>(words->second) : std::nullopt;
}

std::int64_t limit_in_force(FdRef directory, const std::string& name) {
  return parse_number<std::int64_t>(first_word(directory, name)).value_or(-1);
}

Result<void> set_filter(FdRef directory, const std::vector<spec::DeviceRule>& rules, bool fresh) {
  if (allows_everything(rules)) {
    if (fresh) return {};
    return remove_device_filters(directory);
  }
  TRY_ASSIGN(const auto program, compile_device_filter(rules));
  return fresh ? attach_device_filter(directory, program) : replace_device_filter(directory, program);
}

}  // namespace

spec::Resources completed(FdRef directory, spec::Resources resources) {
  if (resources.cpu && resources.cpu->period.value_or(0) != 0 && resources.cpu->quota.value_or(0) == 0)
    resources.cpu->quota = limit_in_force(directory, "cpu.max");
  if (resources.cpu && resources.cpu->quota.value_or(0) > 0 && resources.cpu->period.value_or(0) == 0)
    resources.cpu->period = period_in_force(directory);
  if (resources.memory && resources.memory->swap.value_or(0) > 0 && resources.memory->limit.value_or(0) == 0)
    resources.memory->limit = limit_in_force(directory, "memory.max");
  return resources;
}

Result<void> apply_limits(FdRef directory, const std::string& path, ControllerSet has,
                          const spec::Resources& resources) {
  TRY_ASSIGN(const auto settings, settings_of(resources));
  if (resources.memory) TRY(check_memory(directory, *resources.memory));
  TRY(write_in_order(directory, path, has, settings));
  if (!resources.block_io) return {};
  const bool has_bfq = ::faccessat(directory.get(), "io.bfq.weight", F_OK, 0) == 0;
  return write_in_order(directory, path, has, io_settings_of(*resources.block_io, has_bfq));
}

Result<void> filter_devices(FdRef directory, const std::vector<spec::DeviceRule>& rules, bool fresh,
                            bool rootless) {
  if (rootless) return {};
  auto filtered = set_filter(directory, with_default_devices(rules), fresh);
  // Root in a user namespace only (a container in a container): he may have no program, nor any device of the host.
  if (filtered || !filtered.error().is(EPERM) || sys::in_initial_user_namespace()) return filtered;
  log::debug("without a device filter: ", filtered.error().to_string());
  return {};
}

}  // namespace berth::cgroup
