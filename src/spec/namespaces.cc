#include "spec/namespaces.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Namespace& out) {
  TRY(json::read_required(value, "type", out.type));
  TRY(json::read(value, "path", out.path));
  return {};
}

void encode(json::Writer& out, const Namespace& ns) {
  out.begin_object();
  put_always(out, "type", ns.type);
  put(out, "path", ns.path);
  out.end_object();
}

Result<void> decode(const json::Value& value, TimeOffset& out) {
  TRY(json::read(value, "secs", out.seconds));
  TRY(json::read(value, "nanosecs", out.nanoseconds));
  return {};
}

void encode(json::Writer& out, const TimeOffset& offset) {
  out.begin_object();
  put(out, "secs", offset.seconds);
  put(out, "nanosecs", offset.nanoseconds);
  out.end_object();
}

}  // namespace berth::spec
