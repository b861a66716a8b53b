// config-linux.md "Seccomp"; seccomp(2). Compiled by src/runtime/init/seccomp_filter.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/enum_text.h"

namespace berth::spec {

enum class SeccompAction : std::uint8_t {
  kill,  // the thread: what the spec's SCMP_ACT_KILL always meant
  kill_process,
  kill_thread,
  trap,
  error,
  trace,
  allow,
  log,
  notify,
};
constexpr EnumNames<SeccompAction, 9> names(SeccompAction /*action*/) {
  return {{{SeccompAction::kill, "SCMP_ACT_KILL"},
           {SeccompAction::kill_process, "SCMP_ACT_KILL_PROCESS"},
           {SeccompAction::kill_thread, "SCMP_ACT_KILL_THREAD"},
           {SeccompAction::trap, "SCMP_ACT_TRAP"},
           {SeccompAction::error, "SCMP_ACT_ERRNO"},
           {SeccompAction::trace, "SCMP_ACT_TRACE"},
           {SeccompAction::allow, "SCMP_ACT_ALLOW"},
           {SeccompAction::log, "SCMP_ACT_LOG"},
           {SeccompAction::notify, "SCMP_ACT_NOTIFY"}}};
}

enum class SeccompOperator : std::uint8_t { ne, lt, le, eq, ge, gt, masked_eq };
constexpr EnumNames<SeccompOperator, 7> names(SeccompOperator /*op*/) {
  return {{{SeccompOperator::ne, "SCMP_CMP_NE"},
           {SeccompOperator::lt, "SCMP_CMP_LT"},
           {SeccompOperator::le, "SCMP_CMP_LE"},
           {SeccompOperator::eq, "SCMP_CMP_EQ"},
           {SeccompOperator::ge, "SCMP_CMP_GE"},
           {SeccompOperator::gt, "SCMP_CMP_GT"},
           {SeccompOperator::masked_eq, "SCMP_CMP_MASKED_EQ"}}};
}

enum class SeccompArch : std::uint8_t {
  x86,
  x86_64,
  x32,
  arm,
  aarch64,
  loongarch64,
  m68k,
  mips,
  mips64,
  mips64n32,
  mipsel,
  mipsel64,
  mipsel64n32,
  ppc,
  ppc64,
  ppc64le,
  s390,
  s390x,
  sh,
  sheb,
  parisc,
  parisc64,
  riscv64,
};
constexpr EnumNames<SeccompArch, 23> names(SeccompArch /*arch*/) {
  return {{{SeccompArch::x86, "SCMP_ARCH_X86"},
           {SeccompArch::x86_64, "SCMP_ARCH_X86_64"},
           {SeccompArch::x32, "SCMP_ARCH_X32"},
           {SeccompArch::arm, "SCMP_ARCH_ARM"},
           {SeccompArch::aarch64, "SCMP_ARCH_AARCH64"},
           {SeccompArch::loongarch64, "SCMP_ARCH_LOONGARCH64"},
           {SeccompArch::m68k, "SCMP_ARCH_M68K"},
           {SeccompArch::mips, "SCMP_ARCH_MIPS"},
           {SeccompArch::mips64, "SCMP_ARCH_MIPS64"},
           {SeccompArch::mips64n32, "SCMP_ARCH_MIPS64N32"},
           {SeccompArch::mipsel, "SCMP_ARCH_MIPSEL"},
           {SeccompArch::mipsel64, "SCMP_ARCH_MIPSEL64"},
           {SeccompArch::mipsel64n32, "SCMP_ARCH_MIPSEL64N32"},
           {SeccompArch::ppc, "SCMP_ARCH_PPC"},
           {SeccompArch::ppc64, "SCMP_ARCH_PPC64"},
           {SeccompArch::ppc64le, "SCMP_ARCH_PPC64LE"},
           {SeccompArch::s390, "SCMP_ARCH_S390"},
           {SeccompArch::s390x, "SCMP_ARCH_S390X"},
           {SeccompArch::sh, "SCMP_ARCH_SH"},
           {SeccompArch::sheb, "SCMP_ARCH_SHEB"},
           {SeccompArch::parisc, "SCMP_ARCH_PARISC"},
           {SeccompArch::parisc64, "SCMP_ARCH_PARISC64"},
           {SeccompArch::riscv64, "SCMP_ARCH_RISCV64"}}};
}

enum class SeccompFlag : std::uint8_t { tsync, log, spec_allow, wait_killable_recv };
constexpr EnumNames<SeccompFlag, 4> names(SeccompFlag /*flag*/) {
  return {{{SeccompFlag::tsync, "SECCOMP_FILTER_FLAG_TSYNC"},
           {SeccompFlag::log, "SECCOMP_FILTER_FLAG_LOG"},
           {SeccompFlag::spec_allow, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"},
           {SeccompFlag::wait_killable_recv, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"}}};
}

struct SeccompArgument {
  std::uint32_t index = 0;  // 0 to 5
  std::uint64_t value = 0;
  std::uint64_t value_two = 0;  // SCMP_CMP_MASKED_EQ: (argument & value) == value_two
  SeccompOperator op = SeccompOperator::eq;
  friend bool operator==(const SeccompArgument&, const SeccompArgument&) = default;
};
Result<void> decode(const json::Value& value, SeccompArgument& out);
void encode(json::Writer& out, const SeccompArgument& argument);

struct SeccompRule {
  std::vector<std::string> names = {};
  SeccompAction action = SeccompAction::allow;
  std::optional<std::uint32_t> errno_return = {};
  std::vector<SeccompArgument> args = {};
  friend bool operator==(const SeccompRule&, const SeccompRule&) = default;
};
Result<void> decode(const json::Value& value, SeccompRule& out);
void encode(json::Writer& out, const SeccompRule& rule);

struct Seccomp {
  SeccompAction default_action = SeccompAction::error;
  std::optional<std::uint32_t> default_errno_return = {};
  std::vector<SeccompArch> architectures = {};
  std::optional<std::vector<SeccompFlag>> flags =
      {};  // absent: SPEC_ALLOW where the kernel knows it; []: none
  std::string listener_path = {};
  std::string listener_metadata = {};
  std::vector<SeccompRule> syscalls = {};
  friend bool operator==(const Seccomp&, const Seccomp&) = default;
};
Result<void> decode(const json::Value& value, Seccomp& out);
void encode(json::Writer& out, const Seccomp& seccomp);

}  // namespace berth::spec
