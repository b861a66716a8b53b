#include "runtime/source_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <climits>
#include <cstdlib>

#include "sys/mount_api.h"

namespace berth::runtime {

bool is_reachable_by_all(const std::string& path) {
  std::string real(PATH_MAX, '\0');
  if (::realpath(path.c_str(), real.data()) == nullptr) return false;
  real.resize(real.find('\0'));
  for (std::size_t slash = real.find('/', 1); slash != std::string::npos; slash = real.find('/', slash + 1)) {
    struct stat info {};
    if (::stat(real.substr(0, slash).c_str(), &info) != 0 || (info.st_mode & S_IXOTH) == 0) return false;
  }
  return true;
}

Result<UniqueFd> make_source_mount(const std::string& source, bool recursive) {
  sys::DetachedMount mount = sys::DetachedMount::copy_of(AT_FDCWD, source.c_str(), recursive);
  if (!mount.valid()) return Error::sys("open_tree", source);
  if (!mount.set_attributes(0, 0, MS_SLAVE, recursive)) return Error::sys("mount_setattr", source);
  return mount.release();
}

}  // namespace berth::runtime
