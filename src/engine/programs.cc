#include "engine/programs.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr std::string_view kUsualPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec/podman:/usr/lib/podman";

bool is_program(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> own_program() {
  return sys::read_link("/proc/self/exe");
}

Result<std::string> find_program(const std::string& wanted, std::string_view fallback) {
  const std::string name = wanted.empty() ? std::string(fallback) : wanted;
  if (name.find('/') != std::string::npos) {
    const std::string path = sys::absolute_path(name);
    if (is_program(path)) return path;
    return Error::sys("find program", path);
  }
  TRY_ASSIGN(const auto self, own_program());
  std::string beside = concat(self.substr(0, self.rfind('/') + 1), name);
  if (is_program(beside)) return beside;
  const char* variable = ::getenv("PATH");
  const std::string path = concat(variable != nullptr ? variable : "", ":", kUsualPath);
  for (const std::string_view directory : split(path, ':')) {
    std::string candidate = concat(directory, '/', name);
    if (directory.starts_with('/') && is_program(candidate)) return candidate;
  }
  return Error::invalid(
      name, concat("no such program (looked beside ", self, ", in PATH and the usual directories)"), ENOENT);
}

}  // namespace berth::engine
