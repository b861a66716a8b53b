#include "sys/route_socket.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "sys/file.h"

namespace berth::sys {

namespace {

template <class Plain>
std::string_view bytes_of(const Plain& value) noexcept {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

template <class Plain>
Plain read_as(std::string_view bytes) noexcept {
  Plain value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof(value), bytes.size()));
  return value;
}

constexpr std::size_t aligned(std::size_t size) noexcept {
  return (size + NLMSG_ALIGNTO - 1) & ~(std::size_t{NLMSG_ALIGNTO} - 1);
}

// netlink(7): a header, a body, then attributes, each of them padded to four bytes.
template <class Body>
std::string make_request(std::uint16_t type, std::uint16_t flags, const Body& body) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  std::string out = concat(bytes_of(header), bytes_of(body));
  out.resize(aligned(out.size()));
  return out;
}

void add_attribute(std::string& request, std::uint16_t type, std::string_view value) {
  rtattr header{};
  header.rta_type = type;
  header.rta_len = static_cast<std::uint16_t>(sizeof(header) + value.size());
  append(request, bytes_of(header), value);
  request.resize(aligned(request.size()));
}

std::string link_request(std::uint16_t type, std::uint16_t flags, int index, unsigned change, unsigned set) {
  ifinfomsg body{};
  body.ifi_family = AF_UNSPEC;
  body.ifi_index = index;
  body.ifi_change = change;
  body.ifi_flags = set;
  return make_request(type, flags, body);
}

// Calls `take(type, value)` for each attribute of a message whose body has `skip` bytes.
template <class Take>
void each_attribute(std::string_view body, std::size_t skip, Take take) {
  std::string_view rest = body.substr(std::min(aligned(skip), body.size()));
  while (rest.size() >= sizeof(rtattr)) {
    const auto header = read_as<rtattr>(rest);
    if (header.rta_len < sizeof(rtattr) || header.rta_len > rest.size()) return;
    take(header.rta_type, rest.substr(sizeof(rtattr), header.rta_len - sizeof(rtattr)));
    rest.remove_prefix(std::min(aligned(header.rta_len), rest.size()));
  }
}

// Calls `take(type, body)` for each message.
template <class Take>
void each_message(std::string_view rest, Take take) {
  while (rest.size() >= sizeof(nlmsghdr)) {
    const auto header = read_as<nlmsghdr>(rest);
    if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > rest.size()) return;
    take(header.nlmsg_type, rest.substr(sizeof(nlmsghdr), header.nlmsg_len - sizeof(nlmsghdr)));
    rest.remove_prefix(std::min(aligned(header.nlmsg_len), rest.size()));
  }
}

InterfaceAddress parse_address(std::string_view body) {
  const auto head = read_as<ifaddrmsg>(body);
  InterfaceAddress out{.family = head.ifa_family,
                       .prefix = head.ifa_prefixlen,
                       .scope = head.ifa_scope,
                       .flags = head.ifa_flags};
  each_attribute(body, sizeof(ifaddrmsg), [&out](std::uint16_t type, std::string_view value) {
    if (type == IFA_LOCAL) out.local = value;
    if (type == IFA_ADDRESS) out.peer = value;
    if (type == IFA_BROADCAST) out.broadcast = value;
    if (type == IFA_FLAGS) out.flags = read_as<std::uint32_t>(value);
  });
  if (out.local.empty()) out.local = out.peer;  // IPv6 has but one without a peer
  return out;
}

}  // namespace

Result<RouteSocket> RouteSocket::open() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return Error::sys("socket", "rtnetlink");
  return RouteSocket(std::move(socket));
}

Result<RouteSocket> RouteSocket::open_in(FdRef network_namespace) {
  TRY_ASSIGN(const UniqueFd own, sys::open("/proc/self/ns/net", O_RDONLY));
  if (::setns(network_namespace.get(), CLONE_NEWNET) != 0) return Error::sys("enter the network namespace");
  auto opened = open();
  if (::setns(own.get(), CLONE_NEWNET) != 0) return Error::sys("return from the network namespace");
  return opened;
}

Result<std::string> RouteSocket::ask(std::string request) const {
  const auto size = static_cast<std::uint32_t>(request.size());
  std::memcpy(request.data() + offsetof(nlmsghdr, nlmsg_len), &size, sizeof(size));
  if (::send(socket_.get(), request.data(), request.size(), 0) < 0) return Error::sys("send", "rtnetlink");
  std::string answers;
  std::string part(64U << 10U, '\0');
  int code = -1;
  while (code < 0) {
    const ssize_t count = ::recv(socket_.get(), part.data(), part.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Error::sys("recv", "rtnetlink");
    const auto received = std::string_view(part).substr(0, static_cast<std::size_t>(count));
    each_message(received, [&](std::uint16_t type, std::string_view body) {
      if (type == NLMSG_ERROR) code = -read_as<nlmsgerr>(body).error;
      if (type == NLMSG_DONE) code = 0;
    });
    answers.append(received);
  }
  if (code != 0) return Error::with_errno(code, "rtnetlink");
  return answers;
}

Result<Interface> RouteSocket::find(const std::string& name) const {
  std::string request = link_request(RTM_GETLINK, NLM_F_ACK, 0, 0, 0);
  add_attribute(request, IFLA_IFNAME, {name.c_str(), name.size() + 1});
  TRY_ASSIGN(const std::string answers, ask(std::move(request)));
  Interface found;
  each_message(answers, [&found](std::uint16_t type, std::string_view body) {
    const auto head = read_as<ifinfomsg>(body);
    if (type == RTM_NEWLINK) found = {.index = head.ifi_index, .up = (head.ifi_flags & IFF_UP) != 0};
  });
  if (found.index == 0) return Error::with_errno(ENODEV, "rtnetlink");
  return found;
}

Result<std::vector<InterfaceAddress>> RouteSocket::addresses(int index) const {
  ifaddrmsg body{};
  body.ifa_index = static_cast<unsigned>(index);
  TRY_ASSIGN(const std::string answers, ask(make_request(RTM_GETADDR, NLM_F_DUMP, body)));
  std::vector<InterfaceAddress> out;
  each_message(answers, [&](std::uint16_t type, std::string_view message) {
    if (type == RTM_NEWADDR && read_as<ifaddrmsg>(message).ifa_index == static_cast<unsigned>(index))
      out.push_back(parse_address(message));
  });
  return out;
}

Result<void> RouteSocket::add_address(int index, const InterfaceAddress& address) const {
  ifaddrmsg body{};
  body.ifa_family = address.family;
  body.ifa_prefixlen = address.prefix;
  body.ifa_scope = address.scope;
  body.ifa_index = static_cast<unsigned>(index);
  std::string request = make_request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, body);
  add_attribute(request, IFA_LOCAL, address.local);
  add_attribute(request, IFA_ADDRESS, address.peer.empty() ? address.local : address.peer);
  if (!address.broadcast.empty()) add_attribute(request, IFA_BROADCAST, address.broadcast);
  add_attribute(request, IFA_FLAGS, bytes_of(address.flags));
  TRY(ask(std::move(request)));
  return {};
}

Result<void> RouteSocket::set_up(int index, bool up) const {
  TRY(ask(link_request(RTM_NEWLINK, NLM_F_ACK, index, IFF_UP, up ? unsigned{IFF_UP} : 0U)));
  return {};
}

Result<void> RouteSocket::move(int index, FdRef network_namespace, const std::string& name) const {
  std::string request = link_request(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
  const int fd = network_namespace.get();
  add_attribute(request, IFLA_NET_NS_FD, bytes_of(fd));
  add_attribute(request, IFLA_IFNAME, {name.c_str(), name.size() + 1});
  TRY(ask(std::move(request)));
  return {};
}

}  // namespace berth::sys
