#include <algorithm>

#include "spec/validate_parts.h"

namespace berth::spec {

namespace {

constexpr std::uint64_t kIds = std::uint64_t{1} << 32U;

bool overlap(std::uint32_t a, std::uint32_t a_size, std::uint32_t b, std::uint32_t b_size) noexcept {
  return std::uint64_t{a} < std::uint64_t{b} + b_size && std::uint64_t{b} < std::uint64_t{a} + a_size;
}

Result<void> check_range(const IdMapping& mapping, const Place& at) {
  if (mapping.size == 0) return at.member("size").expected("a number above 0", std::int64_t{0});
  const auto highest = std::max(mapping.container_id, mapping.host_id);
  if (std::uint64_t{highest} + mapping.size > kIds)
    return at.member("size").expected(concat("at most ", kIds - highest, " ids from ", highest, " on"),
                                      static_cast<std::int64_t>(mapping.size));
  return {};
}

Result<void> check_path(const Namespace& ns, const Place& at) {
  if (!ns.path.empty() && !ns.path.starts_with('/'))
    return at.member("path").expected("an absolute path", ns.path);
  return {};
}

Result<void> check_no_duplicates(const std::vector<Namespace>& namespaces, const Place& at) {
  for (std::size_t i = 0; i < namespaces.size(); ++i) {
    TRY(check_path(namespaces[i], at.element(i)));
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (namespaces[earlier].type == namespaces[i].type)
        return at.element(i).member("type").expected("each type once", to_text(namespaces[i].type));
    }
  }
  return {};
}

Result<void> check_user_mappings(const Linux& linux_config, const Place& at) {
  const Namespace* user = linux_config.find(NamespaceType::user);
  const bool mapped = !linux_config.uid_mappings.empty() || !linux_config.gid_mappings.empty();
  if (user == nullptr && mapped)
    return at.member(linux_config.uid_mappings.empty() ? "gidMappings" : "uidMappings")
        .error("expected a namespace of type user in linux.namespaces, found none");
  if (user == nullptr || !user->path.empty()) return {};
  // A new one without mappings would leave the payload as nobody, who owns nothing.
  if (linux_config.uid_mappings.empty())
    return at.member("uidMappings").error("expected a mapping for the new user namespace, found none");
  if (linux_config.gid_mappings.empty())
    return at.member("gidMappings").error("expected a mapping for the new user namespace, found none");
  return {};
}

Result<void> check_time_offsets(const Linux& linux_config, const Place& at) {
  if (linux_config.time_offsets.empty()) return {};
  if (!linux_config.has(NamespaceType::time))
    return at.error("expected a namespace of type time in linux.namespaces, found none");
  for (const auto& [clock, offset] : linux_config.time_offsets) {
    if (clock != "monotonic" && clock != "boottime")
      return at.expected("the clocks monotonic and boottime", clock);
    if (offset.nanoseconds >= 1'000'000'000)
      return at.member(clock)
          .member("nanosecs")
          .expected("a number below 1000000000", static_cast<std::int64_t>(offset.nanoseconds));
  }
  return {};
}

}  // namespace

Result<void> check_mappings(const std::vector<IdMapping>& mappings, const Place& at) {
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const IdMapping& one = mappings[i];
    TRY(check_range(one, at.element(i)));
    for (std::size_t j = 0; j < i; ++j) {
      const IdMapping& other = mappings[j];
      if (overlap(one.container_id, one.size, other.container_id, other.size))
        return at.element(i)
            .member("containerID")
            .expected(concat("ids that element ", j, " does not map"),
                      static_cast<std::int64_t>(one.container_id));
      if (overlap(one.host_id, one.size, other.host_id, other.size))
        return at.element(i).member("hostID").expected(concat("ids that element ", j, " does not use"),
                                                       static_cast<std::int64_t>(one.host_id));
    }
  }
  return {};
}

Result<void> check_namespaces(const Linux& linux_config, const Place& at) {
  TRY(check_no_duplicates(linux_config.namespaces, at.member("namespaces")));
  TRY(check_mappings(linux_config.uid_mappings, at.member("uidMappings")));
  TRY(check_mappings(linux_config.gid_mappings, at.member("gidMappings")));
  TRY(check_user_mappings(linux_config, at));
  return check_time_offsets(linux_config, at.member("timeOffsets"));
}

}  // namespace berth::spec
