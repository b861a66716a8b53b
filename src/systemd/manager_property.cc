#include "systemd/manager_property.h"

#include "base/text.h"

namespace berth::systemd {

Result<std::string> get_property(ManagerBus& bus, std::string_view path, std::string_view interface,
                                 std::string_view name) {
  BusWriter body;
  body.string(interface);
  body.string(name);
  TRY_ASSIGN(const auto reply, bus.call({.path = path,
                                         .interface = "org.freedesktop.DBus.Properties",
                                         .member = "Get",
                                         .signature = "ss",
                                         .body = body.data()}));
  auto value = reply.variant_text();
  if (!value) return Error::message(concat("systemd gave no ", name), EBADMSG);
  return std::move(*value);
}

unsigned parse_version(std::string_view text) noexcept {
  if (text.starts_with('v')) text.remove_prefix(1);
  return parse_number<unsigned>(text.substr(0, text.find_first_not_of("0123456789"))).value_or(0);
}

Result<unsigned> manager_version(ManagerBus& bus) {
  TRY_ASSIGN(const auto text,
             get_property(bus, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Version"));
  return parse_version(text);
}

}  // namespace berth::systemd
