#include "spec/hooks.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Hook& out) {
  TRY(json::read_required(value, "path", out.path));
  TRY(json::read(value, "args", out.args));
  TRY(json::read(value, "env", out.env));
  TRY(json::read(value, "timeout", out.timeout));
  return {};
}

void encode(json::Writer& out, const Hook& hook) {
  out.begin_object();
  put_always(out, "path", hook.path);
  put(out, "args", hook.args);
  put(out, "env", hook.env);
  put(out, "timeout", hook.timeout);
  out.end_object();
}

bool Hooks::empty() const noexcept {
  return prestart.empty() && create_runtime.empty() && create_container.empty() && start_container.empty() &&
         poststart.empty() && poststop.empty();
}

Result<void> decode(const json::Value& value, Hooks& out) {
  TRY(json::read(value, "prestart", out.prestart));
  TRY(json::read(value, "createRuntime", out.create_runtime));
  TRY(json::read(value, "createContainer", out.create_container));
  TRY(json::read(value, "startContainer", out.start_container));
  TRY(json::read(value, "poststart", out.poststart));
  TRY(json::read(value, "poststop", out.poststop));
  return {};
}

void encode(json::Writer& out, const Hooks& hooks) {
  out.begin_object();
  put(out, "prestart", hooks.prestart);
  put(out, "createRuntime", hooks.create_runtime);
  put(out, "createContainer", hooks.create_container);
  put(out, "startContainer", hooks.start_container);
  put(out, "poststart", hooks.poststart);
  put(out, "poststop", hooks.poststop);
  out.end_object();
}

}  // namespace berth::spec
