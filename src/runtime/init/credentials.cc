#include "runtime/init/credentials.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <string_view>

#include "sys/capabilities.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

constexpr int kPipeFs = 0x50495045;  // PIPEFS_MAGIC

constexpr std::array<std::string_view, 16> kLimitNames = {
    "RLIMIT_CPU",      "RLIMIT_FSIZE",  "RLIMIT_DATA",    "RLIMIT_STACK", "RLIMIT_CORE",  "RLIMIT_RSS",
    "RLIMIT_NPROC",    "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS",    "RLIMIT_LOCKS", "RLIMIT_SIGPENDING",
    "RLIMIT_MSGQUEUE", "RLIMIT_NICE",   "RLIMIT_RTPRIO",  "RLIMIT_RTTIME"};
static_assert(RLIMIT_CPU == 0 && RLIMIT_NOFILE == 7 && RLIMIT_RTTIME == 15);

std::string_view name_of(int resource) noexcept {
  const auto index = static_cast<std::size_t>(resource);
  return index < kLimitNames.size() ? kLimitNames[index] : "";
}

// Pipes without a name were made for this container; a device, a file, a named pipe or a socket are the host's.
void give_pipes_to_user(Context& context) noexcept {
  const uid_t uid = context.plan.process.uid;
  if (uid == 0) return;
  for (int fd = 0; fd <= 2; ++fd) {
    struct stat info {};
    struct statfs filesystem {};
    if (::fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode) || info.st_uid == uid) continue;
    if (::fstatfs(fd, &filesystem) != 0 || filesystem.f_type != kPipeFs) continue;
    // Best effort: in a user namespace the pipe's owner may not be mapped. /dev/stdout then cannot be reopened.
    [[maybe_unused]] const int result = ::fchown(fd, uid, static_cast<gid_t>(-1));
  }
}

void set_limits(Context& context) noexcept {
  if (context.plan.namespaces.in_user_namespace) return;  // the parent did
  for (const RlimitPlan& limit : context.plan.process.rlimits) {
    const rlimit value{.rlim_cur = limit.soft, .rlim_max = limit.hard};
    if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) != 0)
      context.report.fail("set the resource limit", name_of(limit.resource));
  }
}

void set_groups(Context& context) noexcept {
  const ProcessPlan& process = context.plan.process;
  if (context.plan.namespaces.deny_setgroups && process.groups.empty()) return;
  if (::setgroups(process.groups.size(), process.groups.data()) != 0)
    context.report.fail("set the additional groups");
}

}  // namespace

void make_working_directory(Context& context) noexcept {
  const ProcessPlan& process = context.plan.process;
  const UniqueFd made = sys::make_directory_in_root(context.root.get(), process.cwd.c_str());
  // A read-only image that lacks it is said by open_working_directory.
  if (!made && errno != EROFS && errno != EACCES)
    context.report.fail("make the working directory", process.cwd);
}

void open_working_directory(Context& context) noexcept {
  const std::string& cwd = context.plan.process.cwd;
  context.working_directory = sys::open_in_root(context.root.get(), cwd.c_str(), O_PATH | O_DIRECTORY);
  // EACCES: perhaps only the payload's user may walk there (NFS with root squashed): tried again as that user.
  if (!context.working_directory && errno != EACCES) context.report.fail("chdir to cwd", cwd);
}

void enter_working_directory(Context& context) noexcept {
  const std::string& cwd = context.plan.process.cwd;
  if (!context.working_directory)
    context.working_directory = sys::open_in_root(context.root.get(), cwd.c_str(), O_PATH | O_DIRECTORY);
  if (!context.working_directory || ::fchdir(context.working_directory.get()) != 0)
    context.report.fail("chdir to cwd", cwd);
  // The raw call says "(unreachable)…" for what is not below our root; glibc would search for it.
  std::array<char, PATH_MAX> reached{};
  if (::syscall(SYS_getcwd, reached.data(), reached.size()) < 0 || reached[0] != '/')
    context.report.fail_with(EPERM, 0, {"chdir to cwd ", cwd, ": it is outside of the container's root"});
}

void assume_credentials(Context& context) noexcept {
  const ProcessPlan& process = context.plan.process;
  give_pipes_to_user(context);  // while we may
  set_limits(context);          // raising needs CAP_SYS_RESOURCE
  if (!sys::limit_bounding_set(process.bounding))
    context.report.fail("limit the bounding set");  // needs CAP_SETPCAP
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
    context.report.fail("keep capabilities");  // setresuid drops them
  if (::setresgid(process.gid, process.gid, process.gid) != 0) context.report.fail("set the gid");
  set_groups(context);
  if (::setresuid(process.uid, process.uid, process.uid) != 0) context.report.fail("set the uid");
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) context.report.fail("keep capabilities");
  if (!sys::set_capabilities(process.permitted, process.effective, process.inheritable))
    context.report.fail("set the capabilities");
  if (!sys::set_ambient_set(process.ambient)) context.report.fail("set the ambient capabilities");
  ::umask(process.umask.value_or(0022));
}

}  // namespace berth::runtime::init
