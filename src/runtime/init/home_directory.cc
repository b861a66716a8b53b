#include "runtime/init/home_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/text.h"

namespace berth::runtime::init {

namespace {

// The file is the image's: it may be anything, a FIFO or a device too, so only a plain file is read, and not more
// than this. A longer one is cut: its last users have "/" as their home.
constexpr std::size_t kMaxPasswd = 256U << 10U;

std::string_view read_passwd(int root, std::string& buffer) noexcept {
  const UniqueFd file = sys::open_in_root(root, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  const auto size = static_cast<std::size_t>(info.st_size);
  buffer.resize(size < kMaxPasswd ? size : kMaxPasswd);
  const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
  return count > 0 ? std::string_view(buffer).substr(0, static_cast<std::size_t>(count)) : std::string_view();
}

// Takes what stands before the next `separator` off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) noexcept {
  const auto at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return taken;
}

}  // namespace

std::string_view home_in_passwd(std::string_view passwd, unsigned uid) noexcept {
  while (!passwd.empty()) {
    std::string_view line = take_until(passwd, '\n');
    take_until(line, ':');
    take_until(line, ':');
    if (parse_number<unsigned>(take_until(line, ':')) != uid) continue;
    take_until(line, ':');
    take_until(line, ':');
    return take_until(line, ':');
  }
  return {};
}

void find_home(const Context& context, std::array<char, sys::kMaxRootPath>& out) noexcept {
  std::string buffer;
  std::string_view home = home_in_passwd(read_passwd(context.root.get(), buffer), context.plan.process.uid);
  if (home.empty() || home.size() + 6 > out.size() || home.find('\0') != std::string_view::npos) home = "/";
  std::memcpy(out.data(), "HOME=", 5);
  std::memcpy(out.data() + 5, home.data(), home.size());
  out[5 + home.size()] = '\0';
}

}  // namespace berth::runtime::init
