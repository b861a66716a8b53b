#include "runtime/features.h"

#include <vector>

#include "base/text.h"
#include "json/writer.h"
#include "runtime/init/launch.h"
#include "runtime/mount_options.h"
#include "spec/capability.h"
#include "spec/config.h"

namespace berth::runtime {

namespace {

template <class Enum>
std::vector<std::string> all_names() {
  std::vector<std::string> out;
  for (const auto& entry : names(Enum{})) out.emplace_back(entry.second);
  return out;
}

std::vector<std::string> capability_names() {
  std::vector<std::string> out;
  out.reserve(spec::kCapabilityCount);
  for (int number = 0; number < spec::kCapabilityCount; ++number)
    out.emplace_back(spec::to_text(static_cast<spec::Capability>(number)));
  return out;
}

void write_switch(json::Writer& out, std::string_view name, bool enabled) {
  out.key(name).begin_object().member("enabled", enabled).end_object();
}

void write_seccomp(json::Writer& out) {
  const auto flags = all_names<spec::SeccompFlag>();
  out.key("seccomp")
      .begin_object()
      .member("enabled", true)
      .member("actions", all_names<spec::SeccompAction>())
      .member("operators", all_names<spec::SeccompOperator>())
      .member("archs", all_names<spec::SeccompArch>())
      .member("knownFlags", flags)
      .member("supportedFlags", flags)
      .end_object();
}

void write_linux(json::Writer& out) {
  out.key("linux")
      .begin_object()
      .member("namespaces", all_names<spec::NamespaceType>())
      .member("capabilities", capability_names());
  out.key("cgroup")
      .begin_object()
      .member("v1", false)
      .member("v2", true)
      .member("systemd", true)
      .member("systemdUser", true)
      .member("rdma", true)
      .end_object();
  write_seccomp(out);
  write_switch(out, "apparmor", true);
  write_switch(out, "selinux", true);
  write_switch(out, "intelRdt", false);
  out.key("mountExtensions").begin_object();
  write_switch(out, "idmap", true);
  out.end_object();
  write_switch(out, "netDevices", true);
  out.end_object();
}

}  // namespace

std::string features_document() {
  json::Writer out("    ");
  out.begin_object()
      .member("ociVersionMin", "1.0.0")
      .member("ociVersionMax", spec::kSpecVersion)
      .member("hooks", std::vector<std::string>{"prestart", "createRuntime", "createContainer",
                                                "startContainer", "poststart", "poststop"})
      .member("mountOptions", known_mount_options());
  write_linux(out);
  out.key("annotations")
      .begin_object()
      .member("io.berth.runtime.version", BERTH_VERSION)
      .member("io.berth.runtime.seccomp", init::filter_compiler_version())
      .member("org.opencontainers.runc.checkpoint.enabled", "true")  // what engines look for, in crun too
      .end_object();
  out.member("potentiallyUnsafeConfigAnnotations",
             std::vector<std::string>{"org.criu.config", "org.systemd.property."});
  out.end_object();
  return std::move(out).text();
}

}  // namespace berth::runtime
