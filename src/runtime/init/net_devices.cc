#include "runtime/init/net_devices.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/text.h"
#include "sys/file.h"
#include "sys/route_socket.h"

namespace berth::runtime::init {

namespace {

struct Device {
  const NetDevicePlan* plan;
  sys::Interface interface = {};
  std::vector<sys::InterfaceAddress> addresses;
};

std::string json_path(const NetDevicePlan& plan) {
  return concat("linux.netDevices[\"", plan.host_name, "\"]");
}

// What the kernel gave it by itself (link local, by advertisement) it gives it again.
bool is_lasting(const sys::InterfaceAddress& address) noexcept {
  return address.scope == RT_SCOPE_UNIVERSE && (address.flags & IFA_F_PERMANENT) != 0;
}

Result<Device> find_device(const sys::RouteSocket& host, const NetDevicePlan& plan) {
  Device device{.plan = &plan, .addresses = {}};
  TRY_ASSIGN(device.interface, host.find(plan.host_name));
  TRY_ASSIGN(device.addresses, host.addresses(device.interface.index));
  std::erase_if(device.addresses, [](const sys::InterfaceAddress& address) { return !is_lasting(address); });
  return device;
}

// Its index may be another one there.
Result<void> equip(const sys::RouteSocket& there, const Device& device, const std::string& name, bool up) {
  TRY_ASSIGN(const auto found, there.find(name));
  for (const sys::InterfaceAddress& address : device.addresses) TRY(there.add_address(found.index, address));
  return there.set_up(found.index, up);
}

// The name must be known to be free: the kernel renames after it has moved, and an interface that cannot be renamed stays
// where it then is.
Result<void> hand_over(const sys::RouteSocket& host, const sys::RouteSocket& there, const Device& device,
                       FdRef network_namespace) {
  if (there.find(device.plan->name)) return Error::with_errno(EEXIST, "name it", device.plan->name);
  TRY(host.set_up(device.interface.index, false));  // a name changes only while it is down
  return host.move(device.interface.index, network_namespace, device.plan->name);
}

Result<void> take_back(const sys::RouteSocket& there, const Device& device, const sys::RouteSocket& host) {
  TRY_ASSIGN(const UniqueFd own, sys::open("/proc/self/ns/net", O_RDONLY));
  TRY_ASSIGN(const auto found, there.find(device.plan->name));
  TRY(there.set_up(found.index, false));
  TRY(there.move(found.index, own, device.plan->host_name));
  return equip(host, device, device.plan->host_name, device.interface.up);
}

// Either it is there in full, or here as it was.
Result<void> move_device(const sys::RouteSocket& host, const sys::RouteSocket& there, const Device& device,
                         FdRef network_namespace) {
  auto moved = hand_over(host, there, device, network_namespace);
  if (!moved) {
    ignore(host.set_up(device.interface.index, device.interface.up));
    return moved;
  }
  moved = equip(there, device, device.plan->name, true);
  if (!moved) ignore(take_back(there, device, host));
  return moved;
}

}  // namespace

Result<void> move_net_devices(const std::vector<NetDevicePlan>& devices, FdRef network_namespace) {
  if (devices.empty()) return {};
  TRY_ASSIGN(const auto host, sys::RouteSocket::open());
  TRY_ASSIGN(const auto there, sys::RouteSocket::open_in(network_namespace).context("linux.netDevices"));
  std::vector<Device> found;
  for (const NetDevicePlan& plan : devices) {
    auto device = find_device(host, plan);
    if (!device) return std::move(device).context(json_path(plan)).error();
    found.push_back(std::move(*device));
  }
  for (std::size_t number = 0; number < found.size(); ++number) {
    auto moved = move_device(host, there, found[number], network_namespace);
    if (moved) continue;
    for (std::size_t earlier = number; earlier > 0; --earlier)
      ignore(take_back(there, found[earlier - 1], host));
    return std::move(moved).context(json_path(*found[number].plan)).error();
  }
  return {};
}

}  // namespace berth::runtime::init
