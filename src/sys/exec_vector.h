// argv and envp as execve(2) wants them.
#pragma once

#include <string>
#include <vector>

namespace berth::sys {

// Pointers into `strings`, which must stay as they are, and a null pointer at the end.
[[nodiscard]] inline std::vector<char*> exec_vector(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (std::string& string : strings) out.push_back(string.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace berth::sys
