#include "runtime/own_binary.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/mount_api.h"

namespace berth::runtime {

namespace {

constexpr const char* kOwnBinary = "/proc/self/exe";
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// A read-only mount, or a memfd with all seals. No seal can be asked of a file that is none: EINVAL.
bool is_protected(FdRef binary) {
  struct statfs info {};
  if (::fstatfs(binary.get(), &info) == 0 && (static_cast<unsigned long>(info.f_flags) & ST_RDONLY) != 0)
    return true;
  const UniqueFd readable(::open(kOwnBinary, O_RDONLY | O_CLOEXEC));
  return readable && ::fcntl(readable.get(), F_GET_SEALS) == kSeals;
}

UniqueFd read_only_mount() {
  const sys::DetachedMount copy = sys::DetachedMount::copy_of(AT_FDCWD, kOwnBinary, false);
  if (!copy.valid() || !copy.set_attributes(MOUNT_ATTR_RDONLY, 0, 0, false)) return UniqueFd();
  return UniqueFd(::fcntl(copy.fd(), F_DUPFD_CLOEXEC, 3));
}

Result<UniqueFd> sealed_copy() {
  TRY_ASSIGN(const UniqueFd source, sys::open(kOwnBinary, O_RDONLY));
  UniqueFd copy(::memfd_create("berth-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) return Error::sys("memfd_create");
  ssize_t count = 1;
  while (count > 0) count = ::sendfile(copy.get(), source.get(), nullptr, 1U << 30U);
  if (count < 0) return Error::sys("sendfile", kOwnBinary);
  if (::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return Error::sys("fcntl(F_ADD_SEALS)");
  return copy;
}

}  // namespace

Result<void> protect_own_binary(char** argv) {
  TRY_ASSIGN(const UniqueFd binary, sys::open(kOwnBinary, O_PATH));
  if (is_protected(binary)) {
    ::prctl(PR_SET_NAME, "berth-runtime");  // execve by descriptor names a process by the descriptor's number
    return {};
  }
  UniqueFd safe = read_only_mount();
  if (!safe) {
    TRY_ASSIGN(safe, sealed_copy());
  }
  ::syscall(SYS_execveat, safe.get(), "", argv, environ, AT_EMPTY_PATH);
  return Error::sys("execveat", kOwnBinary);
}

}  // namespace berth::runtime
