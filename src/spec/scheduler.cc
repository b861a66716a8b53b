#include "spec/scheduler.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, Scheduler& out) {
  TRY(json::read_required(value, "policy", out.policy));
  TRY(json::read(value, "nice", out.nice));
  TRY(json::read(value, "priority", out.priority));
  TRY(json::read(value, "flags", out.flags));
  TRY(json::read(value, "runtime", out.runtime));
  TRY(json::read(value, "deadline", out.deadline));
  TRY(json::read(value, "period", out.period));
  return {};
}

void encode(json::Writer& out, const Scheduler& scheduler) {
  out.begin_object();
  put_always(out, "policy", scheduler.policy);
  put(out, "nice", scheduler.nice);
  put(out, "priority", scheduler.priority);
  put(out, "flags", scheduler.flags);
  put(out, "runtime", scheduler.runtime);
  put(out, "deadline", scheduler.deadline);
  put(out, "period", scheduler.period);
  out.end_object();
}

Result<void> decode(const json::Value& value, IoPriority& out) {
  TRY(json::read_required(value, "class", out.io_class));
  TRY(json::read(value, "priority", out.priority));
  return {};
}

void encode(json::Writer& out, const IoPriority& priority) {
  out.begin_object();
  put_always(out, "class", priority.io_class);
  put_always(out, "priority", priority.priority);
  out.end_object();
}

Result<void> decode(const json::Value& value, ExecCpuAffinity& out) {
  TRY(json::read(value, "initial", out.initial));
  TRY(json::read(value, "final", out.final));
  return {};
}

void encode(json::Writer& out, const ExecCpuAffinity& affinity) {
  out.begin_object();
  put(out, "initial", affinity.initial);
  put(out, "final", affinity.final);
  out.end_object();
}

}  // namespace berth::spec
