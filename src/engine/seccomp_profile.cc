#include "engine/seccomp_profile.h"

#include <sys/utsname.h>

#include <algorithm>

#include "base/text.h"
#include "json/value.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

// Go's names of architectures, which the profile's conditions use, by the kernel's.
std::string_view go_architecture(std::string_view machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine == "i686" || machine == "i386") return "386";
  return machine;
}

std::string_view own_seccomp_architecture(std::string_view machine) {
  if (machine == "x86_64") return "SCMP_ARCH_X86_64";
  if (machine == "aarch64") return "SCMP_ARCH_AARCH64";
  if (machine == "riscv64") return "SCMP_ARCH_RISCV64";
  if (machine == "ppc64le") return "SCMP_ARCH_PPC64LE";
  if (machine == "s390x") return "SCMP_ARCH_S390X";
  return {};
}

struct Conditions {
  std::vector<std::string> arches;
  std::vector<std::string> caps;
};

Result<Conditions> read_conditions(const json::Value& rule, std::string_view key) {
  Conditions conditions;
  const auto member = rule.find(key);
  if (!member) return conditions;
  TRY(json::read(*member, "arches", conditions.arches));
  TRY(json::read(*member, "caps", conditions.caps));
  return conditions;
}

class Filter {
 public:
  Filter(std::string_view arch, const spec::CapabilitySet& capabilities)
      : arch_(arch), capabilities_(capabilities) {}

  [[nodiscard]] bool wants(const Conditions& includes, const Conditions& excludes) const {
    if (!includes.arches.empty() && !has_arch(includes.arches)) return false;
    if (!std::all_of(includes.caps.begin(), includes.caps.end(), [&](const auto& c) { return has_cap(c); })) {
      return false;
    }
    if (has_arch(excludes.arches)) return false;
    return std::none_of(excludes.caps.begin(), excludes.caps.end(),
                        [&](const auto& c) { return has_cap(c); });
  }

 private:
  [[nodiscard]] bool has_arch(const std::vector<std::string>& arches) const {
    return std::find(arches.begin(), arches.end(), arch_) != arches.end();
  }
  [[nodiscard]] bool has_cap(const std::string& name) const {
    const auto capability = spec::capability_from_text(name);
    return capability && capabilities_.has(*capability);
  }

  std::string_view arch_;
  spec::CapabilitySet capabilities_;
};

Result<void> read_architectures(const json::Value& root, std::string_view machine, spec::Seccomp& seccomp) {
  const auto map = root.find("archMap");
  if (!map) return json::read(root, "architectures", seccomp.architectures);
  TRY_ASSIGN(const auto entries, map->elements());
  for (const json::Value& entry : entries) {
    std::string native;
    TRY(json::read_required(entry, "architecture", native));
    if (native != own_seccomp_architecture(machine)) continue;
    std::vector<spec::SeccompArch> sub;
    TRY(json::read(entry, "subArchitectures", sub));
    if (const auto arch = spec::from_text<spec::SeccompArch>(native)) seccomp.architectures.push_back(*arch);
    seccomp.architectures.insert(seccomp.architectures.end(), sub.begin(), sub.end());
  }
  return {};
}

}  // namespace

std::string default_seccomp_profile() {
  for (const char* path : {"/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"}) {
    const auto there = sys::exists(path);
    if (there && *there) return path;
  }
  return {};
}

Result<spec::Seccomp> parse_seccomp_profile(std::string_view text, std::string_view name,
                                            const spec::CapabilitySet& capabilities) {
  TRY_ASSIGN(const auto document, json::Document::parse(text, name));
  const json::Value root = document.root();
  utsname system{};
  if (::uname(&system) < 0) return Error::sys("uname");
  spec::Seccomp seccomp;
  TRY(json::read_required(root, "defaultAction", seccomp.default_action));
  TRY(json::read(root, "defaultErrnoRet", seccomp.default_errno_return));
  TRY(json::read(root, "flags", seccomp.flags));
  TRY(read_architectures(root, system.machine, seccomp));
  const auto syscalls = root.find("syscalls");
  if (!syscalls) return seccomp;
  const Filter filter(go_architecture(system.machine), capabilities);
  TRY_ASSIGN(const auto rules, syscalls->elements());
  for (const json::Value& rule : rules) {
    TRY_ASSIGN(const auto includes, read_conditions(rule, "includes"));
    TRY_ASSIGN(const auto excludes, read_conditions(rule, "excludes"));
    if (!filter.wants(includes, excludes)) continue;
    spec::SeccompRule decoded;
    TRY(decode(rule, decoded));
    seccomp.syscalls.push_back(std::move(decoded));
  }
  return seccomp;
}

}  // namespace berth::engine
