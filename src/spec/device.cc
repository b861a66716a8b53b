#include "spec/device.h"

#include "spec/encode.h"

namespace berth::spec {

namespace {

// -1 stands for "every one", as runc and podman write it.
Result<void> read_wildcard(const json::Value& rule, std::string_view key, std::optional<std::int64_t>& out) {
  std::optional<std::int64_t> number;
  TRY(json::read(rule, key, number));
  if (number && *number < -1) {
    TRY_ASSIGN(const auto member, rule.require(key));
    return member.expected("a device number, or -1 for every one");
  }
  if (number && *number >= 0) out = number;
  return {};
}

Result<void> read_access(const json::Value& rule, DeviceRule& out) {
  std::string access;
  TRY(json::read(rule, "access", access));
  if (access.empty()) return {};
  if (access.find_first_not_of("rwm") != std::string::npos) {
    TRY_ASSIGN(const auto member, rule.require("access"));
    return member.expected("letters of \"rwm\"");
  }
  out.read = access.find('r') != std::string::npos;
  out.write = access.find('w') != std::string::npos;
  out.mknod = access.find('m') != std::string::npos;
  return {};
}

}  // namespace

Result<void> decode(const json::Value& value, Device& out) {
  TRY(json::read_required(value, "type", out.type));
  TRY(json::read_required(value, "path", out.path));
  TRY(json::read(value, "major", out.major));
  TRY(json::read(value, "minor", out.minor));
  TRY(json::read(value, "fileMode", out.file_mode));
  TRY(json::read(value, "uid", out.uid));
  TRY(json::read(value, "gid", out.gid));
  return {};
}

void encode(json::Writer& out, const Device& device) {
  out.begin_object();
  put_always(out, "path", device.path);
  put_always(out, "type", device.type);
  if (device.type != DeviceType::fifo) {
    put_always(out, "major", device.major);
    put_always(out, "minor", device.minor);
  }
  put(out, "fileMode", device.file_mode);
  put(out, "uid", device.uid);
  put(out, "gid", device.gid);
  out.end_object();
}

Result<void> decode(const json::Value& value, DeviceRule& out) {
  TRY(json::read_required(value, "allow", out.allow));
  std::string type;
  TRY(json::read(value, "type", type));
  if (!type.empty()) TRY(json::read(value, "type", out.type));
  TRY(read_wildcard(value, "major", out.major));
  TRY(read_wildcard(value, "minor", out.minor));
  return read_access(value, out);
}

void encode(json::Writer& out, const DeviceRule& rule) {
  out.begin_object();
  put_always(out, "allow", rule.allow);
  if (rule.type != DeviceRuleType::all) put_always(out, "type", rule.type);
  put(out, "major", rule.major);
  put(out, "minor", rule.minor);
  put(out, "access", concat(rule.read ? "r" : "", rule.write ? "w" : "", rule.mknod ? "m" : ""));
  out.end_object();
}

}  // namespace berth::spec
