#include "spec/mount.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Mount& out) {
  TRY(json::read_required(value, "destination", out.destination));
  TRY(json::read(value, "type", out.type));
  TRY(json::read(value, "source", out.source));
  TRY(json::read(value, "options", out.options));
  TRY(json::read(value, "uidMappings", out.uid_mappings));
  TRY(json::read(value, "gidMappings", out.gid_mappings));
  return {};
}

void encode(json::Writer& out, const Mount& mount) {
  out.begin_object();
  put_always(out, "destination", mount.destination);
  put(out, "type", mount.type);
  put(out, "source", mount.source);
  put(out, "options", mount.options);
  put(out, "uidMappings", mount.uid_mappings);
  put(out, "gidMappings", mount.gid_mappings);
  out.end_object();
}

}  // namespace berth::spec
