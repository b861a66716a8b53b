#include "spec/sysctl.h"

namespace berth::spec {

std::string sysctl_path(std::string_view name) {
  std::string out(name);
  const auto first = out.find_first_of("./");
  if (first == std::string::npos || out[first] == '/') return out;
  for (char& c : out) {
    if (c == '.') {
      c = '/';
    } else if (c == '/') {
      c = '.';
    }
  }
  return out;
}

}  // namespace berth::spec
