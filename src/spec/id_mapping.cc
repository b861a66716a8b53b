#include "spec/id_mapping.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, IdMapping& out) {
  TRY(json::read_required(value, "containerID", out.container_id));
  TRY(json::read_required(value, "hostID", out.host_id));
  TRY(json::read_required(value, "size", out.size));
  return {};
}

void encode(json::Writer& out, const IdMapping& mapping) {
  out.begin_object();
  put_always(out, "containerID", mapping.container_id);
  put_always(out, "hostID", mapping.host_id);
  put_always(out, "size", mapping.size);
  out.end_object();
}

std::optional<std::uint32_t> to_host(const std::vector<IdMapping>& mappings, std::uint32_t id) {
  for (const IdMapping& mapping : mappings) {
    // Written so that no sum can wrap around.
    if (id >= mapping.container_id && id - mapping.container_id < mapping.size)
      return mapping.host_id + (id - mapping.container_id);
  }
  return std::nullopt;
}

}  // namespace berth::spec
