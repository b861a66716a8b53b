#include "spec/rlimit.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Rlimit& out) {
  TRY(json::read_required(value, "type", out.type));
  TRY(json::read_required(value, "hard", out.hard));
  TRY(json::read_required(value, "soft", out.soft));
  return {};
}

void encode(json::Writer& out, const Rlimit& rlimit) {
  out.begin_object();
  put_always(out, "type", rlimit.type);
  put_always(out, "hard", rlimit.hard);
  put_always(out, "soft", rlimit.soft);
  out.end_object();
}

}  // namespace berth::spec
