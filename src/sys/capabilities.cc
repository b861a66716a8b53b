#include "sys/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth::sys {

namespace {
constexpr unsigned kHighest = 63;  // the sets are two words of 32 bits
}

bool limit_bounding_set(std::uint64_t keep) noexcept {
  for (unsigned number = 0; number <= kHighest; ++number) {
    if (((keep >> number) & 1U) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
    return errno == EINVAL;  // beyond the last one that the kernel knows
  }
  return true;
}

bool set_capabilities(std::uint64_t permitted, std::uint64_t effective, std::uint64_t inheritable) noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (unsigned word = 0; word < data.size(); ++word) {
    data[word].permitted = static_cast<std::uint32_t>(permitted >> (32 * word));
    data[word].effective = static_cast<std::uint32_t>(effective >> (32 * word));
    data[word].inheritable = static_cast<std::uint32_t>(inheritable >> (32 * word));
  }
  return ::syscall(SYS_capset, &header, data.data()) == 0;
}

bool set_ambient_set(std::uint64_t ambient) noexcept {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  for (unsigned number = 0; number <= kHighest; ++number) {
    if (((ambient >> number) & 1U) == 0) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) return false;
  }
  return true;
}

}  // namespace berth::sys
