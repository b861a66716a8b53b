// Cgroup: freezing, killing, listing and removing what lives in it.
#include <dirent.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>

#include "base/log.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/events.h"
#include "sys/file.h"
#include "sys/pidfd.h"

namespace berth::cgroup {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFreezeBound{10'000};
constexpr milliseconds kRemoveBound{1'000};

int remaining_ms(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

// Waits until `done` holds for cgroup.events; false after the deadline. The kernel wakes us by POLLPRI; a
// tick of 100 ms covers a change between our read and our poll.
template <class Done>
Result<bool> wait_for(const std::string& path, std::optional<Clock::time_point> deadline, Done done) {
  TRY_ASSIGN(auto watch, StateWatch::open(path));
  while (true) {
    TRY_ASSIGN(const CgroupEvents events, watch.read());
    if (done(events)) return true;
    const int left = deadline ? remaining_ms(*deadline) : 100;
    if (left == 0) return false;
    pollfd poll_fd = {.fd = watch.fd().get(), .events = POLLPRI, .revents = 0};
    if (::poll(&poll_fd, 1, std::min(left, 100)) < 0 && errno != EINTR) return Error::sys("poll", path);
  }
}

struct CloseDir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

// The directories right below: child cgroups. ENOENT gives none: it may go away under us.
Result<std::vector<std::string>> children_of(const std::string& path) {
  const std::unique_ptr<DIR, CloseDir> dir(::opendir(path.c_str()));
  std::vector<std::string> children;
  if (!dir && errno == ENOENT) return children;
  if (!dir) return Error::sys("open", path);
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") children.push_back(concat(path, '/', name));
  }
  return children;
}

bool is_gone(const Error& error) noexcept {
  return error.is(ENOENT) || error.is(ENODEV);
}

Result<void> append_processes(const std::string& path,
                              std::vector<pid_t>& out) {  // NOLINT(misc-no-recursion)
  auto text = sys::read_file(concat(path, "/cgroup.procs"));
  // EOPNOTSUPP: a threaded cgroup, whose processes are listed by the one above.
  if (!text && !is_gone(text.error()) && !text.error().is(EOPNOTSUPP)) return std::move(text).error();
  if (text) {
    for (const std::string_view line : split(*text, '\n')) {
      const auto pid = parse_number<pid_t>(line);
      if (pid && *pid > 0) out.push_back(*pid);  // 0: not visible in our pid namespace
    }
  }
  TRY_ASSIGN(const auto children, children_of(path));
  for (const std::string& child : children) TRY(append_processes(child, out));
  return {};
}

// True when it is gone, false when it is busy.
Result<bool> try_remove(const std::string& path) {  // NOLINT(misc-no-recursion)
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  if (errno != EBUSY && errno != ENOTEMPTY) return Error::sys("rmdir", path);
  TRY_ASSIGN(const auto children, children_of(path));
  bool removed_one = false;
  for (const std::string& child : children) {
    TRY_ASSIGN(const bool removed, try_remove(child));
    removed_one = removed_one || removed;
  }
  if (!removed_one) return false;
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  if (errno == EBUSY || errno == ENOTEMPTY) return false;
  return Error::sys("rmdir", path);
}

}  // namespace

Result<void> Cgroup::freeze() const {
  if (is_none()) return Error::message("the container has no cgroup that could be frozen", ENOENT);
  TRY(sys::write_existing_at(directory_, "cgroup.freeze", "1").context("freeze", path_));
  TRY_ASSIGN(const bool frozen, wait_for(path_, Clock::now() + kFreezeBound,
                                         [](const CgroupEvents& events) { return events.frozen; }));
  if (frozen) return {};
  ignore(sys::write_existing_at(directory_, "cgroup.freeze", "0"));
  return Error::with_errno(EBUSY, "freeze: some process did not stop within 10 s", path_);
}

Result<void> Cgroup::thaw() const {
  if (is_none()) return Error::message("the container has no cgroup that could be thawed", ENOENT);
  TRY(sys::write_existing_at(directory_, "cgroup.freeze", "0").context("thaw", path_));
  TRY_ASSIGN(const bool thawed, wait_for(path_, Clock::now() + kFreezeBound,
                                         [](const CgroupEvents& events) { return !events.frozen; }));
  // An ancestor may be frozen still: that is not ours to undo.
  if (!thawed) log::debug(path_, " is still frozen by a cgroup above it");
  return {};
}

Result<bool> Cgroup::is_frozen() const {
  if (is_none()) return false;
  TRY_ASSIGN(auto watch, StateWatch::open(path_));
  TRY_ASSIGN(const CgroupEvents events, watch.read());
  return events.frozen;
}

Result<bool> Cgroup::is_populated() const {
  if (is_none()) return false;
  auto watch = StateWatch::open(path_);
  if (!watch && is_gone(watch.error())) return false;
  if (!watch) return std::move(watch).error();
  TRY_ASSIGN(const CgroupEvents events, watch->read());
  return events.populated;
}

Result<bool> Cgroup::wait_empty(int timeout_ms) const {
  if (is_none()) return true;
  std::optional<Clock::time_point> deadline;
  if (timeout_ms >= 0) deadline = Clock::now() + milliseconds(timeout_ms);
  auto empty = wait_for(path_, deadline, [](const CgroupEvents& events) { return !events.populated; });
  if (!empty && is_gone(empty.error())) return true;
  return empty;
}

Result<void> Cgroup::kill() const {
  if (is_none()) return {};
  auto killed = sys::write_existing_at(directory_, "cgroup.kill", "1");
  if (killed || !is_gone(killed.error())) return std::move(killed).context("kill", path_);
  // ENOENT: the cgroup is gone, or the kernel is older than 5.14.
  TRY_ASSIGN(const bool here, sys::exists(path_));
  if (!here) return {};
  return signal(SIGKILL);
}

Result<void> Cgroup::signal(int number) const {
  if (is_none()) return {};
  // Frozen, nothing forks between our reading and our killing, and no pid can be used anew.
  const auto frozen = freeze();
  if (!frozen) log::warning("signal without freezing: ", frozen.error().to_string());
  auto result = [&]() -> Result<void> {
    TRY_ASSIGN(const auto pids, processes());
    for (const pid_t pid : pids) {
      auto process = sys::PidFd::open(pid);
      if (!process && process.error().is(ESRCH)) continue;
      if (!process) return std::move(process).error();
      auto sent = process->send_signal(number);
      if (!sent && !sent.error().is(ESRCH)) return sent;
    }
    return {};
  }();
  if (frozen) TRY(thaw());
  return result;
}

Result<std::vector<pid_t>> Cgroup::processes() const {
  std::vector<pid_t> pids;
  if (is_none()) return pids;
  TRY(append_processes(path_, pids));
  return pids;
}

Result<void> Cgroup::remove() const {
  if (is_none()) return {};
  const auto deadline = Clock::now() + kRemoveBound;
  while (true) {
    TRY_ASSIGN(const bool removed, try_remove(path_));
    if (removed) return {};
    if (remaining_ms(deadline) == 0) return Error::with_errno(EBUSY, "rmdir (it still has processes)", path_);
    // Gone from the process table is not yet gone from the cgroup: wait for the kernel's word, or a moment.
    TRY_ASSIGN(const bool empty, wait_empty(remaining_ms(deadline)));
    if (empty) ::poll(nullptr, 0, 1);
  }
}

}  // namespace berth::cgroup
