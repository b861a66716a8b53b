// Network interfaces through rtnetlink(7): addresses, up and down, and the way into another network namespace.
//
// A socket speaks to the network namespace in which it was opened. Each request is answered before its function returns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::sys {

struct InterfaceAddress {
  std::uint8_t family = 0;  // AF_INET, AF_INET6
  std::uint8_t prefix = 0;  // bits
  std::uint8_t scope = 0;   // RT_SCOPE_*
  std::uint32_t flags = 0;  // IFA_F_*
  std::string local;        // 4 or 16 bytes; so are the next two, or empty
  std::string peer;
  std::string broadcast;
  friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

struct Interface {
  int index = 0;
  bool up = false;
};

class RouteSocket {
 public:
  // In our own network namespace, or in that which `network_namespace` names: we are there only for a moment. EPERM without
  // CAP_SYS_ADMIN in both. Not for a program with threads.
  static Result<RouteSocket> open();
  static Result<RouteSocket> open_in(FdRef network_namespace);

  // ENODEV when there is none of that name.
  [[nodiscard]] Result<Interface> find(const std::string& name) const;
  [[nodiscard]] Result<std::vector<InterfaceAddress>> addresses(int index) const;
  [[nodiscard]] Result<void> add_address(int index, const InterfaceAddress& address) const;
  [[nodiscard]] Result<void> set_up(int index, bool up) const;
  // At once under its new name. EEXIST when that is taken there.
  [[nodiscard]] Result<void> move(int index, FdRef network_namespace, const std::string& name) const;

 private:
  explicit RouteSocket(UniqueFd socket) : socket_(std::move(socket)) {}
  // Sends a request and gives all answers in a row, without the acknowledgement.
  [[nodiscard]] Result<std::string> ask(std::string request) const;

  UniqueFd socket_;
};

}  // namespace berth::sys
