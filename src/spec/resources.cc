#include "spec/resources.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, MemoryLimits& out) {
  TRY(json::read(value, "limit", out.limit));
  TRY(json::read(value, "reservation", out.reservation));
  TRY(json::read(value, "swap", out.swap));
  TRY(json::read(value, "kernel", out.kernel));
  TRY(json::read(value, "kernelTCP", out.kernel_tcp));
  TRY(json::read(value, "swappiness", out.swappiness));
  TRY(json::read(value, "disableOOMKiller", out.disable_oom_killer));
  TRY(json::read(value, "useHierarchy", out.use_hierarchy));
  TRY(json::read(value, "checkBeforeUpdate", out.check_before_update));
  return {};
}

void encode(json::Writer& out, const MemoryLimits& memory) {
  out.begin_object();
  put(out, "limit", memory.limit);
  put(out, "reservation", memory.reservation);
  put(out, "swap", memory.swap);
  put(out, "kernel", memory.kernel);
  put(out, "kernelTCP", memory.kernel_tcp);
  put(out, "swappiness", memory.swappiness);
  put(out, "disableOOMKiller", memory.disable_oom_killer);
  put(out, "useHierarchy", memory.use_hierarchy);
  put(out, "checkBeforeUpdate", memory.check_before_update);
  out.end_object();
}

Result<void> decode(const json::Value& value, CpuLimits& out) {
  TRY(json::read(value, "shares", out.shares));
  TRY(json::read(value, "quota", out.quota));
  TRY(json::read(value, "burst", out.burst));
  TRY(json::read(value, "period", out.period));
  TRY(json::read(value, "realtimeRuntime", out.realtime_runtime));
  TRY(json::read(value, "realtimePeriod", out.realtime_period));
  TRY(json::read(value, "cpus", out.cpus));
  TRY(json::read(value, "mems", out.mems));
  TRY(json::read(value, "idle", out.idle));
  return {};
}

void encode(json::Writer& out, const CpuLimits& cpu) {
  out.begin_object();
  put(out, "shares", cpu.shares);
  put(out, "quota", cpu.quota);
  put(out, "burst", cpu.burst);
  put(out, "period", cpu.period);
  put(out, "realtimeRuntime", cpu.realtime_runtime);
  put(out, "realtimePeriod", cpu.realtime_period);
  put(out, "cpus", cpu.cpus);
  put(out, "mems", cpu.mems);
  put(out, "idle", cpu.idle);
  out.end_object();
}

Result<void> decode(const json::Value& value, HugepageLimit& out) {
  TRY(json::read_required(value, "pageSize", out.page_size));
  TRY(json::read_required(value, "limit", out.limit));
  return {};
}

void encode(json::Writer& out, const HugepageLimit& limit) {
  out.begin_object();
  put_always(out, "pageSize", limit.page_size);
  put_always(out, "limit", limit.limit);
  out.end_object();
}

Result<void> decode(const json::Value& value, InterfacePriority& out) {
  TRY(json::read_required(value, "name", out.name));
  TRY(json::read_required(value, "priority", out.priority));
  return {};
}

void encode(json::Writer& out, const InterfacePriority& priority) {
  out.begin_object();
  put_always(out, "name", priority.name);
  put_always(out, "priority", priority.priority);
  out.end_object();
}

Result<void> decode(const json::Value& value, NetworkLimits& out) {
  TRY(json::read(value, "classID", out.class_id));
  TRY(json::read(value, "priorities", out.priorities));
  return {};
}

void encode(json::Writer& out, const NetworkLimits& network) {
  out.begin_object();
  put(out, "classID", network.class_id);
  put(out, "priorities", network.priorities);
  out.end_object();
}

Result<void> decode(const json::Value& value, RdmaLimit& out) {
  TRY(json::read(value, "hcaHandles", out.hca_handles));
  TRY(json::read(value, "hcaObjects", out.hca_objects));
  return {};
}

void encode(json::Writer& out, const RdmaLimit& limit) {
  out.begin_object();
  put(out, "hcaHandles", limit.hca_handles);
  put(out, "hcaObjects", limit.hca_objects);
  out.end_object();
}

Result<void> decode(const json::Value& value, Resources& out) {
  TRY(json::read(value, "devices", out.devices));
  TRY(json::read(value, "memory", out.memory));
  TRY(json::read(value, "cpu", out.cpu));
  if (const auto pids = value.find("pids")) TRY(json::read(*pids, "limit", out.pids_limit));
  TRY(json::read(value, "blockIO", out.block_io));
  TRY(json::read(value, "hugepageLimits", out.hugepage_limits));
  TRY(json::read(value, "network", out.network));
  TRY(json::read(value, "rdma", out.rdma));
  TRY(json::read(value, "unified", out.unified));
  return {};
}

void encode(json::Writer& out, const Resources& resources) {
  out.begin_object();
  put(out, "devices", resources.devices);
  put(out, "memory", resources.memory);
  put(out, "cpu", resources.cpu);
  if (resources.pids_limit)
    out.key("pids").begin_object().member("limit", *resources.pids_limit).end_object();
  put(out, "blockIO", resources.block_io);
  put(out, "hugepageLimits", resources.hugepage_limits);
  put(out, "network", resources.network);
  put(out, "rdma", resources.rdma);
  put(out, "unified", resources.unified);
  out.end_object();
}

Result<Resources> parse_resources(std::string_view text, std::string_view name) {
  TRY_ASSIGN(const auto document, json::Document::parse(text, name));
  Resources resources;
  TRY(decode(document.root(), resources));
  return resources;
}

}  // namespace berth::spec
