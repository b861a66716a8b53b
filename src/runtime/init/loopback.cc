#include "runtime/init/loopback.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

namespace berth::runtime::init {

void bring_loopback_up(Context& context) noexcept {
  if (!context.plan.loopback_up) return;
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) context.report.fail("open a socket for the loopback interface");
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    context.report.fail("bring up the loopback interface");
}

}  // namespace berth::runtime::init
