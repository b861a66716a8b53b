// config-linux.md "User namespace mappings"; user_namespaces(7).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "json/value.h"
#include "json/writer.h"

namespace berth::spec {

// `size` ids from `container_id` on stand for as many from `host_id` on.
struct IdMapping {
  std::uint32_t container_id = 0;
  std::uint32_t host_id = 0;
  std::uint32_t size = 0;
  friend bool operator==(const IdMapping&, const IdMapping&) = default;
};
Result<void> decode(const json::Value& value, IdMapping& out);
void encode(json::Writer& out, const IdMapping& mapping);

// The host's id of the container's `id`; nullopt when it is not mapped.
[[nodiscard]] std::optional<std::uint32_t> to_host(const std::vector<IdMapping>& mappings, std::uint32_t id);

}  // namespace berth::spec
