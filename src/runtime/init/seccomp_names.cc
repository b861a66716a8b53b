#include "runtime/init/seccomp_names.h"

#include <seccomp.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"

namespace berth::runtime::init {

namespace {

// Who has the call: since Linux 5.1 a new one gets one number for all, but some are a single architecture's.
enum class Scope : std::uint8_t { all, x86_64, riscv64 };

struct NewerCall {
  std::string_view name;
  std::uint32_t number;
  Scope scope = Scope::all;
};
// include/uapi/asm-generic/unistd.h, Linux 5.17 to 7.0.
constexpr std::array<NewerCall, 25> kNewerCalls = {{
    {"set_mempolicy_home_node", 450},
    {"cachestat", 451},
    {"fchmodat2", 452},
    {"map_shadow_stack", 453},
    {"futex_wake", 454},
    {"futex_wait", 455},
    {"futex_requeue", 456},
    {"statmount", 457},
    {"listmount", 458},
    {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},
    {"mseal", 462},
    {"setxattrat", 463},
    {"getxattrat", 464},
    {"listxattrat", 465},
    {"removexattrat", 466},
    {"open_tree_attr", 467},
    {"file_getattr", 468},
    {"file_setattr", 469},
    {"listns", 470},
    {"rseq_slice_yield", 471},
    {"uretprobe", 335, Scope::x86_64},
    {"uprobe", 336, Scope::x86_64},
    {"riscv_hwprobe", 258, Scope::riscv64},
}};

const NewerCall* find_newer(std::string_view name) noexcept {
  const auto* found = std::find_if(kNewerCalls.begin(), kNewerCalls.end(),
                                   [name](const NewerCall& call) { return call.name == name; });
  return found == kNewerCalls.end() ? nullptr : found;
}

// Some architectures count from elsewhere.
std::uint32_t first_number(std::uint32_t arch) noexcept {
  switch (arch) {
    case SCMP_ARCH_X32:
      return 0x40000000;
    case SCMP_ARCH_MIPS:
    case SCMP_ARCH_MIPSEL:
      return 4000;
    case SCMP_ARCH_MIPS64:
    case SCMP_ARCH_MIPSEL64:
      return 5000;
    case SCMP_ARCH_MIPS64N32:
    case SCMP_ARCH_MIPSEL64N32:
      return 6000;
    default:
      return 0;
  }
}

bool has_scope(Scope scope, std::uint32_t arch) noexcept {
  if (scope == Scope::x86_64) return arch == SCMP_ARCH_X86_64;
  return scope == Scope::all || arch == SCMP_ARCH_RISCV64;
}

bool is_syscall(const std::string& name) noexcept {
  return is_known_to_libseccomp(name) || find_newer(name) != nullptr;
}

}  // namespace

bool is_known_to_libseccomp(const std::string& name) noexcept {
  // Calls of other architectures get negative numbers of its own, which are not this one.
  return ::seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR;
}

std::optional<std::uint32_t> newer_number(std::string_view name, std::uint32_t arch) noexcept {
  const NewerCall* call = find_newer(name);
  if (call == nullptr || !has_scope(call->scope, arch)) return std::nullopt;
  return first_number(arch) + call->number;
}

Result<void> check_names(const spec::Seccomp& seccomp) {
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    const auto& names = seccomp.syscalls[i].names;
    for (std::size_t j = 0; j < names.size(); ++j) {
      if (is_syscall(names[j])) continue;
      return Error::invalid(concat("linux.seccomp.syscalls[", i, "].names[", j, ']'),
                            concat("expected the name of a system call, found \"", names[j], '"'));
    }
  }
  return {};
}

spec::Seccomp without_unknown_names(spec::Seccomp seccomp) {
  for (spec::SeccompRule& rule : seccomp.syscalls) {
    std::erase_if(rule.names, [](const std::string& name) {
      const bool unknown = !is_syscall(name);
      if (unknown) log::warning("linux.seccomp: unknown system call ", name, " left out");
      return unknown;
    });
  }
  return seccomp;
}

}  // namespace berth::runtime::init
