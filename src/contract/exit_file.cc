#include "contract/exit_file.h"

#include <sys/stat.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::contract {

Result<void> write_exit_file(const std::string& path, int status) {
  return sys::replace_file(path, concat(status), 0644);
}

Result<std::optional<ExitRecord>> read_exit_file(const std::string& path) {
  auto fd = sys::open(path, O_RDONLY);
  if (!fd && fd.error().is(ENOENT)) return std::optional<ExitRecord>();
  if (!fd) return std::move(fd).error();
  struct stat info {};
  if (::fstat(fd->get(), &info) < 0) return Error::sys("fstat", path);
  TRY_ASSIGN(const auto text, sys::read_all(*fd, path, 64));
  const auto status = parse_number<int>(trim(text));
  if (!status) return Error::invalid(path, concat("expected an exit status, found \"", text, "\""));
  return std::optional(
      ExitRecord{.status = *status,
                 .finished_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec});
}

}  // namespace berth::contract
