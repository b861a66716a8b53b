#include "engine/rootfs.h"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr std::size_t kMaxSmallFile = 1U << 20U;

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// True when a mount can change what `path` (as resolved in the bare root) is.
bool is_covered(std::string_view path, const std::vector<std::string>& covered) {
  return std::any_of(covered.begin(), covered.end(), [&](const std::string& destination) {
    return is_below(path, destination) || is_below(destination, path);
  });
}

// Where in the root `fd` is; empty when it cannot be told.
std::string place_of(const Rootfs& rootfs, const UniqueFd& fd) {
  auto root = sys::read_link(concat("/proc/self/fd/", rootfs.fd().get()));
  auto full = sys::read_link(concat("/proc/self/fd/", fd.get()));
  if (!root || !full || !is_below(*full, *root)) return {};
  const std::string place = *root == "/" ? *full : full->substr(root->size());
  return place.empty() ? "/" : place;
}

CommandVerdict check_file(const Rootfs& rootfs, const UniqueFd& file,
                          const std::vector<std::string>& covered) {
  const std::string place = place_of(rootfs, file);
  if (place.empty() || is_covered(place, covered)) return CommandVerdict::unknown;
  struct stat status {};
  if (::fstat(file.get(), &status) < 0) return CommandVerdict::unknown;
  const bool runs = S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
  return runs ? CommandVerdict::executable : CommandVerdict::not_executable;
}

// Nothing has that name for certain only when its directory was reached, lies under no mount, and holds not even a
// link of that name (a dangling link may lead into a mount).
CommandVerdict check_missing(const Rootfs& rootfs, const std::string& path,
                             const std::vector<std::string>& covered) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
  auto parent = rootfs.open_file(directory, O_PATH | O_DIRECTORY);
  if (!parent) {
    // Without a link on the way a missing directory is a missing directory.
    auto plain = rootfs.open_file(directory, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    const bool gone = !plain && (plain.error().is(ENOENT) || plain.error().is(ENOTDIR));
    return gone && !is_covered(path, covered) ? CommandVerdict::not_found : CommandVerdict::unknown;
  }
  const std::string place = place_of(rootfs, *parent);
  if (place.empty() || is_covered(concat(place == "/" ? "" : place, path.substr(slash)), covered)) {
    return CommandVerdict::unknown;
  }
  struct stat status {};
  const int found = ::fstatat(parent->get(), path.substr(slash + 1).c_str(), &status, AT_SYMLINK_NOFOLLOW);
  return found < 0 && errno == ENOENT ? CommandVerdict::not_found : CommandVerdict::unknown;
}

CommandVerdict check_path(const Rootfs& rootfs, const std::string& path,
                          const std::vector<std::string>& covered) {
  if (path.ends_with('/')) return CommandVerdict::unknown;
  const auto file = rootfs.open_file(path, O_PATH);
  return file ? check_file(rootfs, *file, covered) : check_missing(rootfs, path, covered);
}

}  // namespace

Result<Rootfs> Rootfs::open(const std::string& path) {
  auto fd = sys::open(path, O_PATH | O_DIRECTORY);
  if (!fd && fd.error().is(ENOENT))
    return Error::invalid(concat("rootfs ", path), "no such directory", ENOENT);
  if (!fd && fd.error().is(ENOTDIR))
    return Error::invalid(concat("rootfs ", path), "not a directory", ENOTDIR);
  if (!fd) return std::move(fd).context("open rootfs").error();
  return Rootfs(std::move(*fd), path);
}

Result<UniqueFd> Rootfs::open_file(const std::string& path, int flags, unsigned long long resolve) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve;
  UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, fd_.get(), path.c_str(), &how, sizeof how)));
  if (!fd) return Error::sys("open", concat(path_, path));
  return fd;
}

Result<std::string> Rootfs::read_optional(const std::string& path) const {
  // O_NONBLOCK: a FIFO in the place of the file must not hold us up.
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return std::string();
  struct stat status {};
  if (::fstat(fd->get(), &status) < 0) return Error::sys("fstat", path);
  if (!S_ISREG(status.st_mode)) return std::string();
  return sys::read_all(*fd, concat(path_, path), kMaxSmallFile);
}

CommandVerdict check_command(const Rootfs& rootfs, const std::string& name, const std::string& search,
                             const std::string& cwd, const std::vector<std::string>& covered) {
  if (name.starts_with('/')) return check_path(rootfs, name, covered);
  if (name.find('/') != std::string::npos) {
    return check_path(rootfs, concat(cwd == "/" ? "" : cwd, '/', name), covered);
  }
  CommandVerdict verdict = CommandVerdict::not_found;
  for (const std::string_view directory : split(search, ':')) {
    if (!directory.starts_with('/')) return CommandVerdict::unknown;
    const auto here = check_path(rootfs, concat(directory == "/" ? "" : directory, '/', name), covered);
    if (here == CommandVerdict::executable || here == CommandVerdict::unknown) return here;
    if (here == CommandVerdict::not_executable) verdict = here;
  }
  return verdict;
}

}  // namespace berth::engine
