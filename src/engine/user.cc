#include "engine/user.h"

#include <algorithm>

#include "base/text.h"

namespace berth::engine {

namespace {

constexpr std::size_t kMaxName = 256;

struct PasswdEntry {
  std::string_view name;
  std::uint32_t uid;
  std::uint32_t gid;
  std::string_view home;
};

struct GroupEntry {
  std::string_view name;
  std::uint32_t gid;
  std::string_view members;
};

std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto id = parse_number<std::uint32_t>(text);
  return id && *id <= kMaxId ? id : std::nullopt;
}

std::optional<PasswdEntry> parse_passwd_line(std::string_view line) {
  const auto fields = split(line, ':');
  if (fields.size() != 7 || fields[0].empty()) return std::nullopt;
  const auto uid = parse_id(fields[2]);
  const auto gid = parse_id(fields[3]);
  if (!uid || !gid) return std::nullopt;
  return PasswdEntry{.name = fields[0], .uid = *uid, .gid = *gid, .home = fields[5]};
}

std::optional<GroupEntry> parse_group_line(std::string_view line) {
  const auto fields = split(line, ':');
  if (fields.size() != 4 || fields[0].empty()) return std::nullopt;
  const auto gid = parse_id(fields[2]);
  if (!gid) return std::nullopt;
  return GroupEntry{.name = fields[0], .gid = *gid, .members = fields[3]};
}

// The first entry that `wanted` accepts.
template <class Entry, class Wanted>
std::optional<Entry> find_entry(std::string_view file, std::optional<Entry> (*parse)(std::string_view),
                                Wanted wanted) {
  while (!file.empty()) {
    const auto end = std::min(file.find('\n'), file.size());
    const auto entry = parse(file.substr(0, end));
    if (entry && wanted(*entry)) return entry;
    file.remove_prefix(std::min(end + 1, file.size()));
  }
  return std::nullopt;
}

Result<IdOrName> parse_part(std::string_view part, std::string_view whole) {
  const auto bad = [&](std::string_view what) {
    return Error::invalid(concat("user \"", whole, "\""), what);
  };
  if (part.empty()) return bad("expected name|uid[:group|gid], found an empty part");
  if (part.size() > kMaxName) return bad("a name is longer than 256 bytes");
  if (std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto id = parse_id(part);
    if (!id) return bad(concat("expected an id from 0 to ", kMaxId, ", found ", part));
    return IdOrName{.id = id};
  }
  const bool printable =
      std::all_of(part.begin(), part.end(), [](unsigned char c) { return c > ' ' && c != 0x7f; });
  if (!printable) return bad("a name has a blank or a control character");
  if (part.front() == '-' || part.front() == '+') return bad("a name begins with a sign");
  return IdOrName{.name = std::string(part)};
}

Result<std::uint32_t> resolve_group(const IdOrName& wanted, std::string_view group_file) {
  if (wanted.id) return *wanted.id;
  const auto entry = find_entry(group_file, parse_group_line,
                                [&](const GroupEntry& group) { return group.name == wanted.name; });
  if (!entry)
    return Error::invalid(concat("group \"", wanted.name, "\""), "not in the container's /etc/group", ENOENT);
  return entry->gid;
}

void add_unique(std::vector<std::uint32_t>& gids, std::uint32_t gid) {
  if (std::find(gids.begin(), gids.end(), gid) == gids.end()) gids.push_back(gid);
}

void add_memberships(ResolvedUser& user, std::string_view group_file) {
  if (user.name.empty()) return;
  const auto visit = [&](const GroupEntry& group) {
    const auto members = split(group.members, ',');
    if (std::find(members.begin(), members.end(), user.name) != members.end()) {
      add_unique(user.additional_gids, group.gid);
    }
    return false;  // all lines are visited
  };
  static_cast<void>(find_entry(group_file, parse_group_line, visit));
}

}  // namespace

Result<UserRequest> parse_user(std::string_view text) {
  UserRequest request;
  const auto parts = split_once(text, ':');
  if (parts && parts->second.find(':') != std::string_view::npos) {
    return Error::invalid(concat("user \"", text, "\""),
                          "expected name|uid[:group|gid], found a second colon");
  }
  TRY_ASSIGN(request.user, parse_part(parts ? parts->first : text, text));
  if (parts) {
    TRY_ASSIGN(request.group, parse_part(parts->second, text));
  }
  return request;
}

Result<ResolvedUser> resolve_user(std::string_view text, std::string_view passwd, std::string_view group,
                                  const std::vector<std::string>& extra_groups) {
  TRY_ASSIGN(const auto request, parse_user(text.empty() ? "0" : text));
  const auto entry = find_entry(passwd, parse_passwd_line, [&](const PasswdEntry& candidate) {
    return request.user.id ? candidate.uid == *request.user.id : candidate.name == request.user.name;
  });
  if (!entry && !request.user.id) {
    return Error::invalid(concat("user \"", request.user.name, "\""), "not in the container's /etc/passwd",
                          ENOENT);
  }
  ResolvedUser user;
  if (entry) {
    user = {.uid = entry->uid, .gid = entry->gid, .name = std::string(entry->name)};
    if (entry->home.starts_with('/')) user.home = entry->home;
  } else {
    user.uid = *request.user.id;
    if (user.uid == 0) user.home = "/root";
  }
  if (request.group) {
    TRY_ASSIGN(user.gid, resolve_group(*request.group, group));
  } else {
    add_memberships(user, group);
  }
  for (const std::string& extra : extra_groups) {
    TRY_ASSIGN(const auto wanted, parse_part(extra, extra));
    TRY_ASSIGN(const auto gid, resolve_group(wanted, group));
    add_unique(user.additional_gids, gid);
  }
  return user;
}

}  // namespace berth::engine
