// "name|uid[:group|gid]" comes from a command line, passwd and group from an image: whatever they say, nobody becomes
// root (or anybody) by accident.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "engine/user.h"
#include "tests/fuzz/require.h"

using namespace berth;
using berth::fuzz::require;

namespace {

// The digits of a number are its value; any other text must be a name of the file.
void check_identity(std::string_view user, std::string_view passwd, const engine::ResolvedUser& resolved) {
  const std::string_view part = user.substr(0, user.find(':'));
  if (const auto number = parse_number<std::uint32_t>(part)) {
    require(resolved.uid == *number);
  } else if (!user.empty()) {
    require(resolved.name == part);
    require(passwd.find(part) != std::string_view::npos);
  }
  require(resolved.uid <= engine::kMaxId && resolved.gid <= engine::kMaxId);
  require(resolved.home.starts_with('/'));
}

}  // namespace

// Three texts, separated by NUL: the request, /etc/passwd, /etc/group.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto request = split_once(input, '\0');
  const std::string_view user = request ? request->first : input;
  const auto files = request ? split_once(request->second, '\0') : std::nullopt;
  const std::string_view passwd = files ? files->first : std::string_view();
  const auto resolved = engine::resolve_user(user, passwd, files ? files->second : std::string_view());
  if (resolved) {
    check_identity(user, passwd, *resolved);
  } else {
    require(!resolved.error().to_string().empty());
  }
  return 0;
}
