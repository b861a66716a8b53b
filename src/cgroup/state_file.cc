#include "cgroup/state_file.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace berth::cgroup {

std::optional<std::uint64_t> number_of(std::string_view text, std::string_view key) noexcept {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ')
      return parse_number<std::uint64_t>(line.substr(key.size() + 1));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

Result<std::string> reread(FdRef file, std::string_view name) {
  std::array<char, 4096> buffer;
  ssize_t size = ::pread(file.get(), buffer.data(), buffer.size(), 0);
  while (size < 0 && errno == EINTR) size = ::pread(file.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) return Error::sys("read", name);
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace berth::cgroup
