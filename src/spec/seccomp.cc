#include "spec/seccomp.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, SeccompArgument& out) {
  TRY(json::read_required(value, "index", out.index));
  TRY(json::read_required(value, "value", out.value));
  TRY(json::read(value, "valueTwo", out.value_two));
  TRY(json::read_required(value, "op", out.op));
  return {};
}

void encode(json::Writer& out, const SeccompArgument& argument) {
  out.begin_object();
  put_always(out, "index", argument.index);
  put_always(out, "value", argument.value);
  put(out, "valueTwo", argument.value_two);
  put_always(out, "op", argument.op);
  out.end_object();
}

Result<void> decode(const json::Value& value, SeccompRule& out) {
  TRY(json::read_required(value, "names", out.names));
  TRY(json::read_required(value, "action", out.action));
  TRY(json::read(value, "errnoRet", out.errno_return));
  TRY(json::read(value, "args", out.args));
  return {};
}

void encode(json::Writer& out, const SeccompRule& rule) {
  out.begin_object();
  put(out, "names", rule.names);
  put_always(out, "action", rule.action);
  put(out, "errnoRet", rule.errno_return);
  put(out, "args", rule.args);
  out.end_object();
}

Result<void> decode(const json::Value& value, Seccomp& out) {
  TRY(json::read_required(value, "defaultAction", out.default_action));
  TRY(json::read(value, "defaultErrnoRet", out.default_errno_return));
  TRY(json::read(value, "architectures", out.architectures));
  TRY(json::read(value, "flags", out.flags));
  TRY(json::read(value, "listenerPath", out.listener_path));
  TRY(json::read(value, "listenerMetadata", out.listener_metadata));
  TRY(json::read(value, "syscalls", out.syscalls));
  return {};
}

void encode(json::Writer& out, const Seccomp& seccomp) {
  out.begin_object();
  put_always(out, "defaultAction", seccomp.default_action);
  put(out, "defaultErrnoRet", seccomp.default_errno_return);
  put(out, "architectures", seccomp.architectures);
  if (seccomp.flags) {
    out.key("flags").begin_array();
    for (const SeccompFlag flag : *seccomp.flags) encode(out, flag);
    out.end_array();
  }
  put(out, "listenerPath", seccomp.listener_path);
  put(out, "listenerMetadata", seccomp.listener_metadata);
  put(out, "syscalls", seccomp.syscalls);
  out.end_object();
}

}  // namespace berth::spec
