#include "spec/linux.h"

#include "spec/encode.h"

namespace berth::spec {

Result<void> decode(const json::Value& value, IntelRdt& out) {
  TRY(json::read(value, "closID", out.clos_id));
  TRY(json::read(value, "schemata", out.schemata));
  TRY(json::read(value, "l3CacheSchema", out.l3_cache_schema));
  TRY(json::read(value, "memBwSchema", out.mem_bw_schema));
  TRY(json::read(value, "enableMonitoring", out.enable_monitoring));
  TRY(json::read(value, "enableCMT", out.enable_cmt));
  TRY(json::read(value, "enableMBM", out.enable_mbm));
  return {};
}

void encode(json::Writer& out, const IntelRdt& rdt) {
  out.begin_object();
  put(out, "closID", rdt.clos_id);
  put(out, "schemata", rdt.schemata);
  put(out, "l3CacheSchema", rdt.l3_cache_schema);
  put(out, "memBwSchema", rdt.mem_bw_schema);
  put(out, "enableMonitoring", rdt.enable_monitoring);
  put(out, "enableCMT", rdt.enable_cmt);
  put(out, "enableMBM", rdt.enable_mbm);
  out.end_object();
}

Result<void> decode(const json::Value& value, Personality& out) {
  TRY(json::read_required(value, "domain", out.domain));
  TRY(json::read(value, "flags", out.flags));
  return {};
}

void encode(json::Writer& out, const Personality& personality) {
  out.begin_object();
  put_always(out, "domain", personality.domain);
  put(out, "flags", personality.flags);
  out.end_object();
}

Result<void> decode(const json::Value& value, NetDevice& out) {
  return json::read(value, "name", out.name);
}

void encode(json::Writer& out, const NetDevice& device) {
  out.begin_object();
  put(out, "name", device.name);
  out.end_object();
}

Result<void> decode(const json::Value& value, MemoryPolicy& out) {
  TRY(json::read_required(value, "mode", out.mode));
  TRY(json::read(value, "nodes", out.nodes));
  TRY(json::read(value, "flags", out.flags));
  return {};
}

void encode(json::Writer& out, const MemoryPolicy& policy) {
  out.begin_object();
  put_always(out, "mode", policy.mode);
  put(out, "nodes", policy.nodes);
  put(out, "flags", policy.flags);
  out.end_object();
}

const Namespace* Linux::find(NamespaceType type) const noexcept {
  for (const Namespace& ns : namespaces) {
    if (ns.type == type) return &ns;
  }
  return nullptr;
}

Result<void> decode(const json::Value& value, Linux& out) {
  TRY(json::read(value, "namespaces", out.namespaces));
  TRY(json::read(value, "uidMappings", out.uid_mappings));
  TRY(json::read(value, "gidMappings", out.gid_mappings));
  TRY(json::read(value, "timeOffsets", out.time_offsets));
  TRY(json::read(value, "devices", out.devices));
  TRY(json::read(value, "netDevices", out.net_devices));
  TRY(json::read(value, "cgroupsPath", out.cgroups_path));
  TRY(json::read(value, "resources", out.resources));
  std::string propagation;
  TRY(json::read(value, "rootfsPropagation", propagation));
  if (!propagation.empty()) TRY(json::read(value, "rootfsPropagation", out.rootfs_propagation));
  TRY(json::read(value, "seccomp", out.seccomp));
  TRY(json::read(value, "sysctl", out.sysctl));
  TRY(json::read(value, "maskedPaths", out.masked_paths));
  TRY(json::read(value, "readonlyPaths", out.readonly_paths));
  TRY(json::read(value, "mountLabel", out.mount_label));
  TRY(json::read(value, "intelRdt", out.intel_rdt));
  TRY(json::read(value, "memoryPolicy", out.memory_policy));
  TRY(json::read(value, "personality", out.personality));
  return {};
}

void encode(json::Writer& out, const Linux& linux_config) {
  out.begin_object();
  put(out, "uidMappings", linux_config.uid_mappings);
  put(out, "gidMappings", linux_config.gid_mappings);
  put(out, "sysctl", linux_config.sysctl);
  if (linux_config.resources != Resources{}) put_always(out, "resources", linux_config.resources);
  put(out, "cgroupsPath", linux_config.cgroups_path);
  put(out, "namespaces", linux_config.namespaces);
  put(out, "devices", linux_config.devices);
  put(out, "netDevices", linux_config.net_devices);
  put(out, "seccomp", linux_config.seccomp);
  put(out, "rootfsPropagation", linux_config.rootfs_propagation);
  put(out, "maskedPaths", linux_config.masked_paths);
  put(out, "readonlyPaths", linux_config.readonly_paths);
  put(out, "mountLabel", linux_config.mount_label);
  put(out, "intelRdt", linux_config.intel_rdt);
  put(out, "memoryPolicy", linux_config.memory_policy);
  put(out, "personality", linux_config.personality);
  put(out, "timeOffsets", linux_config.time_offsets);
  out.end_object();
}

}  // namespace berth::spec
