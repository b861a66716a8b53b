#include "engine/service_notify.h"

#include <cstdlib>

#include "base/text.h"
#include "systemd/notify_client.h"

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

}  // namespace berth::engine
