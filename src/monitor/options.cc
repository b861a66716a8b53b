#include "monitor/options.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "sys/file.h"

namespace berth::monitor {

namespace {

constexpr const char* kPluginsVariable = "CONMON_SECCOMP_NOTIFY_PLUGINS";

Result<void> check_mode(const contract::MonitorOptions& options) {
  if (options.cid.empty()) return Error::invalid("--cid", "the container's id is missing");
  if (!options.restore.empty() && options.exec) return Error::invalid("--restore", "does not go with --exec");
  if (!options.exec && options.exec_attach) return Error::invalid("--exec-attach", "needs --exec");
  if (options.api_version < 1 && options.exec_attach)
    return Error::invalid("--exec-attach", "needs --api-version 1");
  if (options.cuuid.empty() && (!options.exec || options.api_version >= 1))
    return Error::invalid("--cuuid", "the container's uuid is missing");
  if (options.exec && options.exec_process_spec.empty())
    return Error::invalid("--exec-process-spec", "is missing");
  return {};
}

Result<void> check_runtime(const std::string& runtime) {
  if (runtime.empty()) return Error::invalid("--runtime", "is missing");
  if (::access(runtime.c_str(), X_OK) < 0) return Error::sys("--runtime", runtime);
  return {};
}

Result<void> check_rest(const contract::MonitorOptions& options) {
  if (options.exit_delay_seconds < 0) return Error::invalid("--exit-delay", "expected 0 or more seconds");
  if (!options.seccomp_notify_socket.empty() && options.seccomp_notify_plugins.empty())
    return Error::invalid("--seccomp-notify-socket", "needs --seccomp-notify-plugins");
  return {};
}

std::string from_environment(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : "";
}

// The working directory changes nothing afterwards.
void make_absolute(std::string& path) {
  if (!path.empty()) path = sys::absolute_path(path);
}

}  // namespace

Result<contract::MonitorOptions> resolve(contract::MonitorOptions options) {
  TRY(check_mode(options));
  TRY(check_runtime(options.runtime));
  if (options.seccomp_notify_plugins.empty())
    options.seccomp_notify_plugins = from_environment(kPluginsVariable);
  TRY(check_rest(options));
  if (options.bundle.empty() && !options.exec) options.bundle = sys::absolute_path(".");
  if (options.container_pid_file.empty()) options.container_pid_file = concat("pidfile-", options.cid);
  if (options.socket_dir_path.empty()) options.socket_dir_path = "/var/run/crio";
  for (std::string* path :
       {&options.bundle, &options.container_pid_file, &options.monitor_pid_file, &options.runtime,
        &options.persist_dir, &options.exit_dir, &options.socket_dir_path, &options.exec_process_spec,
        &options.restore, &options.seccomp_notify_socket}) {
    make_absolute(*path);
  }
  return options;
}

}  // namespace berth::monitor
