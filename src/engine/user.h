// Who a container's process runs as: "name|uid[:group|gid]" resolved in the container's own /etc/passwd and
// /etc/group (passwd(5), group(5)), which are hostile input.
//
// Strict: one colon at most, no empty part, no blanks or signs. A part that is all digits is a number, never
// a name, and must be at most kMaxId (2^31-1 as Docker and podman have it): no wrap-around to root.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace berth::engine {

inline constexpr std::uint32_t kMaxId = 0x7fffffff;

// A name or a number.
struct IdOrName {
  std::optional<std::uint32_t> id;
  std::string name;  // set when `id` is not
};

struct UserRequest {
  IdOrName user;
  std::optional<IdOrName> group;
};

struct ResolvedUser {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> additional_gids;
  std::string name;        // empty when /etc/passwd has no such uid
  std::string home = "/";  // from /etc/passwd
  friend bool operator==(const ResolvedUser&, const ResolvedUser&) = default;
};

[[nodiscard]] Result<UserRequest> parse_user(std::string_view text);

// `text` empty: uid 0. `passwd` and `group` are the files' contents (empty when there are none). Lines that
// are not as the manual pages say are skipped. Groups of which the user is a member are added when `text` names
// no group; `extra_groups` (names or numbers) always are.
[[nodiscard]] Result<ResolvedUser> resolve_user(std::string_view text, std::string_view passwd,
                                                std::string_view group,
                                                const std::vector<std::string>& extra_groups = {});

}  // namespace berth::engine
