#include "runtime/host_device.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::runtime {

std::string host_device(const std::string& path, mode_t type, dev_t number) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && (info.st_mode & S_IFMT) == type && info.st_rdev == number)
    return path;
  const auto uevent = sys::read_file(concat("/sys/dev/", type == S_IFBLK ? "block/" : "char/", major(number),
                                            ':', minor(number), "/uevent"));
  if (!uevent) return path;
  for (const std::string_view line : split(*uevent, '\n')) {
    constexpr std::string_view kName = "DEVNAME=";
    if (line.starts_with(kName)) return concat("/dev/", line.substr(kName.size()));
  }
  return path;
}

}  // namespace berth::runtime
