#include "runtime/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "base/text.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

constexpr mode_t kDirectoryMode = 0711;  // the container's user may reach what is bound out of it

std::string directory_of(const std::string& root, const std::string& id) {
  return concat(root, '/', id);
}

Error missing(const std::string& id) {
  return Error::invalid(concat("container ", id), "does not exist", ENOENT);
}

bool try_lock(FdRef directory) {
  int result = -1;
  do {
    result = ::flock(directory.get(), LOCK_EX | LOCK_NB);
  } while (result < 0 && errno == EINTR);
  return result == 0;
}

// True while `path` still names what we have open: its last owner may have removed it while we waited.
bool is_current(FdRef directory, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(directory.get(), &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

Result<UniqueFd> open_directory(const std::string& path) {
  return sys::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

}  // namespace

Result<void> check_id(std::string_view id) {
  constexpr std::size_t kMaxId = 1024;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '.';
  };
  bool good = !id.empty() && id.size() <= kMaxId && id != "." && id != "..";
  for (const char c : id) good = good && allowed(c);
  if (!good)
    return Error::invalid("container id", concat("expected letters, digits and _+-., found \"", id, "\""));
  return {};
}

Result<StateDir> StateDir::reserve(const std::string& root, const std::string& id) {
  TRY(check_id(id));
  std::string path = directory_of(root, id);
  if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
    if (errno == ENOENT) {
      TRY(sys::make_directories(root, kDirectoryMode));
      if (::mkdir(path.c_str(), kDirectoryMode) != 0) return Error::sys("mkdir", path);
    } else if (errno == EEXIST) {
      return Error::invalid(concat("container ", id), "a container with the given ID already exists", EEXIST);
    } else {
      return Error::sys("mkdir", path);
    }
  }
  TRY_ASSIGN(UniqueFd lock, open_directory(path));
  StateDir made(std::move(path), std::move(lock), true);
  if (!try_lock(made.lock_)) return Error::sys("flock", made.path_);  // nobody else knows of it yet
  return made;
}

Result<StateDir> StateDir::open(const std::string& root, const std::string& id, int timeout_ms) {
  TRY(check_id(id));
  const std::string path = directory_of(root, id);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    auto directory = open_directory(path);
    if (!directory && directory.error().is(ENOENT)) return missing(id);
    TRY_ASSIGN(UniqueFd lock, std::move(directory));
    if (try_lock(lock)) {
      if (is_current(lock, path)) return StateDir(path, std::move(lock), false);
      continue;
    }
    if (std::chrono::steady_clock::now() >= deadline)
      return Error::invalid(concat("container ", id), "is being changed by another command", EBUSY);
    ::usleep(1000);
  }
}

void StateDir::unlock() noexcept {
  ::flock(lock_.get(), LOCK_UN);
}

Result<bool> StateDir::lock_again(int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!try_lock(lock_)) {
    if (std::chrono::steady_clock::now() >= deadline) return Error::with_errno(EBUSY, "flock", path_);
    ::usleep(1000);
  }
  return is_current(lock_, path_);
}

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::move(other.lock_)),
      remove_at_end_(std::exchange(other.remove_at_end_, false)) {}

StateDir::~StateDir() {
  if (remove_at_end_) ignore(sys::remove_tree(path_));
}

Result<void> StateDir::write_reservation(const contract::ContainerRecord& record) const {
  return sys::write_file(path_ + "/reserved.json", contract::to_json(record), 0600);
}

Result<void> StateDir::write_record(const contract::ContainerRecord& record) const {
  return sys::replace_file(path_ + "/state.json", contract::to_json(record), 0600);
}

Result<void> StateDir::write_config(std::string_view text) const {
  return sys::write_file(path_ + "/config.json", text, 0600);
}

Result<void> StateDir::remove() {
  remove_at_end_ = false;
  // What there is as a rule; the records last, so that nothing is ever left without it.
  ::unlinkat(lock_.get(), "config.json", 0);
  ::unlinkat(lock_.get(), "state.json", 0);
  ::unlinkat(lock_.get(), "reserved.json", 0);
  if (::rmdir(path_.c_str()) == 0) return {};
  return sys::remove_tree(path_);
}

Result<contract::ContainerRecord> read_record(const std::string& root, const std::string& id) {
  TRY(check_id(id));
  const std::string path = directory_of(root, id) + "/state.json";
  const auto text = sys::read_file(path);
  if (text) return contract::parse_record(*text, path);
  if (!text.error().is(ENOENT)) return text.error();
  // Not written by rename: one that was cut off is as good as none, for what it announces did not exist yet.
  const auto reservation = sys::read_file(directory_of(root, id) + "/reserved.json");
  if (!reservation) return missing(id);
  auto record = contract::parse_record(*reservation, "reserved.json");
  return record ? std::move(record) : missing(id);
}

Result<std::string> read_config_text(const std::string& root, const std::string& id) {
  return sys::read_file(directory_of(root, id) + "/config.json");
}

std::string start_socket_path(const std::string& root, const std::string& id) {
  return directory_of(root, id) + "/start.sock";
}

Result<std::vector<std::string>> list_ids(const std::string& root) {
  auto names = sys::list_directory(root);
  if (!names && names.error().is(ENOENT)) return std::vector<std::string>();
  if (names) std::erase_if(*names, [](const std::string& name) { return !check_id(name); });
  return names;
}

}  // namespace berth::runtime
