#include "runtime/init/seccomp_stub.h"

#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "runtime/init/seccomp_names.h"

namespace berth::runtime::init {

namespace {

// Marks a call of the x32 ABI, which shares x86_64's architecture token.
constexpr std::uint32_t kX32Bit = 0x40000000;

std::uint64_t word(int code, std::uint32_t value, std::uint8_t if_true = 0,
                   std::uint8_t if_false = 0) noexcept {
  const sock_filter instruction = {
      .code = static_cast<std::uint16_t>(code), .jt = if_true, .jf = if_false, .k = value};
  std::uint64_t out = 0;
  std::memcpy(&out, &instruction, sizeof(out));
  return out;
}

std::uint64_t load(std::size_t offset) noexcept {
  return word(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

constexpr int kJumpIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr int kJumpIfGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr int kJumpIfAtLeast = BPF_JMP | BPF_JGE | BPF_K;

// Negative: not a call of this architecture.
int number_of(std::uint32_t arch, const std::string& name) noexcept {
  const int number = ::seccomp_syscall_resolve_name_arch(arch, name.c_str());
  if (number != __NR_SCMP_ERROR) return number;
  const auto newer = newer_number(name, arch);
  return newer ? static_cast<int>(*newer) : -1;
}

// For one architecture. A call of another one jumps over it; an x32 call is left to the filter.
void append_block(std::vector<std::uint64_t>& out, const NewestSyscall& newest) {
  const bool has_x32 = newest.arch == AUDIT_ARCH_X86_64;
  const std::uint8_t length =
      has_x32 ? 4 : 3;  // what follows the comparison of the architecture, but its reload
  out.push_back(word(kJumpIfEqual, newest.arch, 0, static_cast<std::uint8_t>(length + 1)));
  out.push_back(load(offsetof(seccomp_data, nr)));
  if (has_x32) out.push_back(word(kJumpIfAtLeast, kX32Bit, 2, 0));
  out.push_back(word(kJumpIfGreater, newest.number, 0, 1));
  out.push_back(word(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  out.push_back(load(offsetof(seccomp_data, arch)));  // for the next comparison
}

}  // namespace

std::uint32_t audit_arch(std::uint32_t token) noexcept {
  return token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
}

std::vector<std::uint64_t> with_direct_rules(const std::vector<std::uint64_t>& program,
                                             const std::vector<DirectRule>& rules) {
  if (rules.empty()) return program;
  constexpr std::uint32_t kRuleSize = 5;
  const auto lowest = std::min_element(rules.begin(), rules.end(),
                                       [](const auto& a, const auto& b) { return a.number < b.number; });
  // The calls of every day pass by at the price of one comparison.
  std::vector<std::uint64_t> out = {
      load(offsetof(seccomp_data, nr)),
      word(kJumpIfAtLeast, lowest->number, 1, 0),
      word(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(rules.size()) * kRuleSize),
  };
  for (const DirectRule& rule : rules) {
    out.push_back(load(offsetof(seccomp_data, nr)));
    out.push_back(word(kJumpIfEqual, rule.number, 0, 3));
    out.push_back(load(offsetof(seccomp_data, arch)));
    out.push_back(word(kJumpIfEqual, rule.arch, 0, 1));
    out.push_back(word(BPF_RET | BPF_K, rule.action));
  }
  out.insert(out.end(), program.begin(), program.end());
  return out;
}

bool wants_stub(const spec::Seccomp& seccomp) noexcept {
  return seccomp.default_action == spec::SeccompAction::error &&
         seccomp.default_errno_return.value_or(EPERM) != ENOSYS;
}

std::vector<NewestSyscall> newest_syscalls(const spec::Seccomp& seccomp,
                                           const std::vector<std::uint32_t>& architectures) {
  std::vector<NewestSyscall> newest;
  for (const std::uint32_t arch : architectures) {
    if (arch == SCMP_ARCH_X32) continue;  // judged by the bit, see above
    int highest = -1;
    for (const spec::SeccompRule& rule : seccomp.syscalls) {
      for (const std::string& name : rule.names) highest = std::max(highest, number_of(arch, name));
    }
    if (highest >= 0) newest.push_back({.arch = arch, .number = static_cast<std::uint32_t>(highest)});
  }
  return newest;
}

std::vector<std::uint64_t> with_stub(const std::vector<std::uint64_t>& program,
                                     const std::vector<NewestSyscall>& newest) {
  if (newest.empty()) return program;
  std::vector<std::uint64_t> out = {load(offsetof(seccomp_data, arch))};
  for (const NewestSyscall& one : newest) append_block(out, one);
  out.insert(out.end(), program.begin(), program.end());
  return out;
}

}  // namespace berth::runtime::init
