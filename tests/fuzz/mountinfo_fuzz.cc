// /proc/self/mountinfo holds names that users chose: blanks, escapes, newlines. What is found is a mount point of a cgroup2
// line, or there is an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cgroup/tree.h"

using namespace berth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto found = cgroup::mount_point_in(text);
  const bool sound = found ? text.find(" - cgroup2 ") != std::string_view::npos && found->size() <= size
                           : found.error().is(ENOENT);
  if (!sound) std::abort();
  return 0;
}
