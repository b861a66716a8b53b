#include "engine/service_notify.h"

#include <unistd.h>

#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "systemd/notify_client.h"
#include "systemd/notify_policy.h"
#include "systemd/unit_environment.h"

namespace berth::engine {

namespace {
constexpr int kPatienceMs = 5000;
}

std::string host_notify_socket() {
  const char* socket = ::getenv("NOTIFY_SOCKET");
  return socket != nullptr ? socket : "";
}

Result<void> announce_monitor(const ContainerConfig& config, pid_t monitor) {
  const std::string socket = host_notify_socket();
  if (socket.empty() || config.sdnotify == "ignore" || monitor <= 0) return {};
  TRY_ASSIGN(const auto address, systemd::NotifyAddress::parse(socket));
  const std::string lines = concat("MAINPID=", monitor, config.sdnotify == "conmon" ? "\nREADY=1" : "");
  TRY(systemd::send_notification(address, lines, {}, kPatienceMs).context("notify the service manager"));
  // We are about to end: the manager must have read the message while it can still see who sent it.
  return systemd::notify_barrier(address, kPatienceMs).context("notify the service manager");
}

void announce_ready(const ContainerConfig& config) {
  const std::string socket = host_notify_socket();
  if (socket.empty() || config.sdnotify != "conmon") return;
  auto address = systemd::NotifyAddress::parse(socket);
  auto sent = address ? systemd::send_notification(*address, "READY=1", {}, kPatienceMs)
                      : Result<void>(std::move(address).error());
  if (!sent) log::warning("notify the service manager: ", sent.error().to_string());
}

unsigned listen_fd_count() {
  const auto unit = systemd::read_unit_environment(environ, ::getpid());
  return unit.listen ? unit.listen->count : 0;
}

std::vector<std::string> payload_line(const ContainerConfig& config, std::string_view inside) {
  const auto unit = systemd::read_unit_environment(environ, ::getpid());
  for (const std::string& problem : unit.problems) log::warning(problem);
  const auto allow = systemd::parse_notify_allow(join(config.sdnotify_allow, ","));
  systemd::PayloadLine line;
  line.notify_socket = inside;
  line.listen = false;
  if (config.pid_namespace.empty()) line.pid = 1;
  if (allow && allow->fd_store) line.fd_store_quota = allow->fd_quota;
  return systemd::payload_environment(unit, line);
}

}  // namespace berth::engine
