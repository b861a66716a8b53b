#include "contract/state.h"

#include <array>

#include "json/value.h"
#include "json/writer.h"

namespace berth::contract {

std::string to_json(const ContainerRecord& record) {
  json::Writer out;
  out.begin_object()
      .member("version", kStateVersion)
      .member("ociVersion", record.oci_version)
      .member("id", record.id)
      .member("bundle", record.bundle)
      .member("rootfs", record.rootfs)
      .member("created", record.created)
      .member("annotations", record.annotations)
      .member("owner", record.owner)
      .member("pid", record.pid)
      .member("startTime", record.start_time)
      .member("cgroup", record.cgroup)
      .member("scope", record.scope)
      .member("namespaces", record.namespaces)
      .member("noNewKeyring", record.no_new_keyring)
      .member("descriptors", record.descriptors)
      .end_object();
  return std::move(out).text();
}

Result<ContainerRecord> parse_record(std::string_view text, std::string_view name) {
  TRY_ASSIGN(const auto document, json::Document::parse(text, name));
  const json::Value root = document.root();
  int version = 0;
  TRY(json::read_required(root, "version", version));
  if (version != kStateVersion)
    return Error::invalid(name, concat("version: expected ", kStateVersion, ", found ", version));
  ContainerRecord record;
  TRY(json::read_required(root, "ociVersion", record.oci_version));
  TRY(json::read_required(root, "id", record.id));
  TRY(json::read_required(root, "bundle", record.bundle));
  TRY(json::read_required(root, "rootfs", record.rootfs));
  TRY(json::read_required(root, "created", record.created));
  TRY(json::read(root, "annotations", record.annotations));
  TRY(json::read(root, "owner", record.owner));
  TRY(json::read(root, "pid", record.pid));
  TRY(json::read(root, "startTime", record.start_time));
  TRY(json::read(root, "cgroup", record.cgroup));
  TRY(json::read(root, "scope", record.scope));
  TRY(json::read(root, "namespaces", record.namespaces));
  TRY(json::read(root, "noNewKeyring", record.no_new_keyring));
  TRY(json::read(root, "descriptors", record.descriptors));
  if (record.pid < 0) return Error::invalid(name, concat("pid: expected 0 or more, found ", record.pid));
  return record;
}

std::string_view to_text(Status status) noexcept {
  constexpr std::array<std::string_view, 5> kNames = {"creating", "created", "running", "paused", "stopped"};
  return kNames.at(static_cast<std::size_t>(status));
}

std::string state_json(const ContainerRecord& record, Status status, std::string_view owner_name,
                       std::string_view indent) {
  json::Writer out(indent);
  out.begin_object()
      .member("ociVersion", record.oci_version)
      .member("id", record.id)
      .member("pid", status == Status::stopped ? 0 : record.pid)
      .member("status", to_text(status))
      .member("bundle", record.bundle)
      .member("rootfs", record.rootfs)
      .member("created", record.created);
  if (!record.annotations.empty()) out.member("annotations", record.annotations);
  out.member("owner", owner_name).end_object();
  return std::move(out).text();
}

HookStateJson hook_state_json(const ContainerRecord& record, Status status) {
  json::Writer head;
  head.begin_object()
      .member("ociVersion", record.oci_version)
      .member("id", record.id)
      .member("status", to_text(status));
  json::Writer tail;
  tail.begin_object().member("bundle", record.bundle);
  if (!record.annotations.empty()) tail.member("annotations", record.annotations);
  tail.end_object();
  // The first is left open; joined around `"pid":N` the two are one object.
  std::string before = std::move(head).text();
  before.append(R"(,"pid":)");
  return {std::move(before), concat(',', std::string_view(tail.text()).substr(1))};
}

}  // namespace berth::contract
