#include "engine/paths.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

std::string variable(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr && value[0] == '/' ? value : "";
}

Result<std::string> default_root() {
  if (::geteuid() == 0) return std::string("/var/lib/berth");
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/berth";
  if (const auto home = variable("HOME"); !home.empty()) return home + "/.local/share/berth";
  return Error::message("neither XDG_DATA_HOME nor HOME names a directory: give --root", ENOENT);
}

Result<std::string> default_run_root() {
  if (::geteuid() == 0) return std::string("/run/berth");
  if (const auto run = variable("XDG_RUNTIME_DIR"); !run.empty()) return run + "/berth";
  const std::string run = concat("/run/user/", ::geteuid());
  TRY_ASSIGN(const bool there, sys::exists(run));
  if (there) return run + "/berth";
  return Error::message("XDG_RUNTIME_DIR is not set: give --runroot", ENOENT);
}

}  // namespace

Result<Paths> Paths::resolve(const std::string& root, const std::string& run_root) {
  Paths paths{.root = sys::absolute_path(root), .run_root = sys::absolute_path(run_root)};
  if (root.empty()) {
    TRY_ASSIGN(paths.root, default_root());
  }
  if (run_root.empty()) {
    TRY_ASSIGN(paths.run_root, default_run_root());
  }
  return paths;
}

Result<void> Paths::make() const {
  const mode_t mode = ::geteuid() == 0 ? 0711 : 0700;
  TRY(sys::make_directories(root, mode));
  return sys::make_directories(run_root, mode);
}

std::string Paths::database() const {
  return root + "/berth.db";
}
std::string Paths::locks() const {
  return run_root + "/locks";
}
std::string Paths::runtime_root() const {
  return run_root + "/state";
}
std::string Paths::data_dir(const std::string& id) const {
  return concat(root, "/containers/", id);
}
std::string Paths::run_dir(const std::string& id) const {
  return concat(run_root, '/', id);
}

std::string RunDir::config() const {
  return path + "/config.json";
}
std::string RunDir::container_pid_file() const {
  return path + "/pidfile";
}
std::string RunDir::monitor_pid_file() const {
  return path + "/conmon.pid";
}
std::string RunDir::exit_dir() const {
  return path + "/exit";
}
std::string RunDir::exit_file(const std::string& id) const {
  return concat(path, "/exit/", id);
}
std::string RunDir::persist_dir() const {
  return path + "/persist";
}
std::string RunDir::oom_file() const {
  return path + "/persist/oom";
}
std::string RunDir::notify_dir() const {
  return path + "/notify";
}
std::string RunDir::notify_socket() const {
  return path + "/notify/notify.sock";
}
std::string RunDir::attach_socket() const {
  return path + "/attach";
}
std::string RunDir::control_fifo() const {
  return path + "/ctl";
}
std::string RunDir::generated(const std::string& name) const {
  return concat(path, '/', name);
}

}  // namespace berth::engine
