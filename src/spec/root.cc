#include "spec/root.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Root& out) {
  TRY(json::read_required(value, "path", out.path));
  TRY(json::read(value, "readonly", out.readonly));
  return {};
}

void encode(json::Writer& out, const Root& root) {
  out.begin_object();
  put_always(out, "path", root.path);
  put(out, "readonly", root.readonly);
  out.end_object();
}

}  // namespace berth::spec
