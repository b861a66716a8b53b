#include "runtime/init/id_maps.h"

#include <unistd.h>

#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"

namespace berth::runtime::init {

namespace {

std::string render(const std::vector<IdRange>& ranges) {
  std::string out;
  for (const IdRange& range : ranges) append(out, range.inside, ' ', range.outside, ' ', range.size, '\n');
  return out;
}

// An unprivileged user may map one id, its own; all else is for the set-id helpers, which ask /etc/subuid.
bool is_own_id_only(const std::vector<IdRange>& ranges, unsigned own) {
  return ranges.size() == 1 && ranges.front().size == 1 && ranges.front().outside == own;
}

Result<void> run_helper(const std::string& helper, pid_t pid, const std::vector<IdRange>& ranges) {
  sys::SpawnOptions options{.argv = {helper, concat(pid)}};
  for (const IdRange& range : ranges) {
    options.argv.push_back(concat(range.inside));
    options.argv.push_back(concat(range.outside));
    options.argv.push_back(concat(range.size));
  }
  constexpr int kTimeoutMs = 10'000;
  TRY_ASSIGN(const auto ran, sys::run_program(options, {}, kTimeoutMs));
  if (ran.status.code() == 0) return {};
  return Error::invalid(helper, concat("exit status ", ran.status.code(), ": ", trim(ran.errors)), EPERM);
}

Result<void> write_map(pid_t pid, const char* file, const char* helper, const std::vector<IdRange>& ranges,
                       unsigned own) {
  if (::geteuid() != 0 && !is_own_id_only(ranges, own)) return run_helper(helper, pid, ranges);
  return sys::write_existing(concat("/proc/", pid, "/", file), render(ranges));
}

}  // namespace

Result<void> write_id_maps(pid_t pid, const NamespacePlan& plan) {
  // Before the gid map: the kernel insists when we are unprivileged.
  if (plan.deny_setgroups) TRY(sys::write_existing(concat("/proc/", pid, "/setgroups"), "deny"));
  TRY(write_map(pid, "gid_map", "newgidmap", plan.gid_map, ::getegid())
          .context("map the gids of the user namespace"));
  return write_map(pid, "uid_map", "newuidmap", plan.uid_map, ::geteuid())
      .context("map the uids of the user namespace");
}

}  // namespace berth::runtime::init
