#include "systemd/notify_access.h"

#include "base/text.h"
#include "systemd/manager_property.h"

namespace berth::systemd {

namespace {

constexpr std::string_view kUnit = "org.freedesktop.systemd1.Unit";
constexpr std::string_view kService = "org.freedesktop.systemd1.Service";

Result<std::string> unit_path(ManagerBus& bus, pid_t pid) {
  BusWriter body;
  body.u32(static_cast<std::uint32_t>(pid));
  TRY_ASSIGN(const auto reply, bus.call({.path = "/org/freedesktop/systemd1",
                                         .interface = "org.freedesktop.systemd1.Manager",
                                         .member = "GetUnitByPID",
                                         .signature = "u",
                                         .body = body.data()}));
  const auto texts = reply.strings();
  if (texts.empty()) return Error::message("systemd gave no unit", EBADMSG);
  return texts.front();
}

Result<pid_t> pid_property(ManagerBus& bus, const std::string& unit, std::string_view name) {
  TRY_ASSIGN(const auto text, get_property(bus, unit, kService, name));
  return parse_number<pid_t>(text).value_or(0);
}

}  // namespace

Result<NotifyAccess> ask_notify_access(ManagerBus& bus, pid_t sender) {
  TRY_ASSIGN(const auto path, unit_path(bus, sender));
  NotifyAccess out;
  TRY_ASSIGN(out.unit, get_property(bus, path, kUnit, "Id"));
  TRY_ASSIGN(out.access, get_property(bus, path, kService, "NotifyAccess"));
  TRY_ASSIGN(out.main_pid, pid_property(bus, path, "MainPID"));
  TRY_ASSIGN(out.control_pid, pid_property(bus, path, "ControlPID"));
  return out;
}

std::string refusal(const NotifyAccess& access, pid_t sender) {
  const bool is_main = access.main_pid == sender && access.access != "none";
  const bool is_control = access.control_pid == sender && access.access == "exec";
  if (access.access == "all" || is_main || is_control) return {};
  std::string why =
      concat("systemd drops what we tell it of ", access.unit, ": NotifyAccess=", access.access);
  if (access.access == "none") return why;
  append(why, ", and we are process ", sender, ", not the main process");
  if (access.main_pid != 0) append(why, " (", access.main_pid, ")");
  append(why, "; NotifyAccess=all would let us speak");
  return why;
}

bool is_managers_socket(const NotifyAddress& host) {
  const std::string path = ManagerBus::socket_path();
  return host.path == concat(std::string_view(path).substr(0, path.rfind('/')), "/notify");
}

}  // namespace berth::systemd
