#include "runtime/init/seccomp_filter.h"

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/log.h"
#include "base/text.h"
#include "runtime/init/seccomp_names.h"
#include "runtime/init/seccomp_stub.h"
#include "sys/file.h"

namespace berth::runtime::init {

namespace {

using spec::SeccompAction;

struct ReleaseContext {
  void operator()(void* context) const noexcept { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

// What libseccomp calls return: 0 or a negative errno.
Result<void> check(int result, std::string_view operation, std::string_view object) {
  if (result < 0) return Error::with_errno(-result, operation, object);
  return {};
}

std::uint32_t action_code(SeccompAction action, const std::optional<std::uint32_t>& errno_return) noexcept {
  const std::uint32_t number = errno_return.value_or(EPERM);
  switch (action) {
    case SeccompAction::kill:
    case SeccompAction::kill_thread:
      return SCMP_ACT_KILL_THREAD;
    case SeccompAction::kill_process:
      return SCMP_ACT_KILL_PROCESS;
    case SeccompAction::trap:
      return SCMP_ACT_TRAP;
    case SeccompAction::error:
      return SCMP_ACT_ERRNO(number);
    case SeccompAction::trace:
      return SCMP_ACT_TRACE(number);
    case SeccompAction::allow:
      return SCMP_ACT_ALLOW;
    case SeccompAction::log:
      return SCMP_ACT_LOG;
    case SeccompAction::notify:
      return SCMP_ACT_NOTIFY;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_compare operator_code(spec::SeccompOperator op) noexcept {
  switch (op) {
    case spec::SeccompOperator::ne:
      return SCMP_CMP_NE;
    case spec::SeccompOperator::lt:
      return SCMP_CMP_LT;
    case spec::SeccompOperator::le:
      return SCMP_CMP_LE;
    case spec::SeccompOperator::eq:
      return SCMP_CMP_EQ;
    case spec::SeccompOperator::ge:
      return SCMP_CMP_GE;
    case spec::SeccompOperator::gt:
      return SCMP_CMP_GT;
    case spec::SeccompOperator::masked_eq:
      return SCMP_CMP_MASKED_EQ;
  }
  return SCMP_CMP_EQ;
}

// libseccomp's token; 0 for one that this libseccomp does not know. Its names are the specification's in small
// letters, "SCMP_ARCH_" left off.
std::uint32_t arch_token(spec::SeccompArch arch) {
  std::string name(to_text(arch));
  name.erase(0, std::string_view("SCMP_ARCH_").size());
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ::seccomp_arch_resolve_name(name.c_str());
}

Result<std::vector<std::uint32_t>> add_architectures(void* context, const spec::Seccomp& seccomp) {
  std::vector<std::uint32_t> tokens = {::seccomp_arch_native()};
  for (const spec::SeccompArch arch : seccomp.architectures) {
    const std::uint32_t token = arch_token(arch);
    if (token == 0) {
      log::debug("seccomp: unknown architecture ", to_text(arch), " left out");
      continue;
    }
    const int result = ::seccomp_arch_add(context, token);
    if (result == -EEXIST) continue;  // the native one, or named twice
    TRY(check(result, "seccomp_arch_add", to_text(arch)));
    tokens.push_back(token);
  }
  return tokens;
}

scmp_arg_cmp comparison(const spec::SeccompArgument& argument) noexcept {
  return {.arg = argument.index,
          .op = operator_code(argument.op),
          .datum_a = argument.value,
          .datum_b = argument.value_two};
}

// The kernel's six arguments, at most one comparison each: then all of them must hold.
bool names_an_argument_twice(const std::vector<spec::SeccompArgument>& args) noexcept {
  unsigned seen = 0;
  for (const spec::SeccompArgument& argument : args) {
    const unsigned bit = 1U << (argument.index & 7U);
    if ((seen & bit) != 0) return true;
    seen |= bit;
  }
  return false;
}

Result<void> add_syscall(void* context, std::uint32_t action, int number,
                         const std::vector<scmp_arg_cmp>& comparisons, bool any, std::string_view name) {
  if (!any)
    return check(::seccomp_rule_add_array(context, action, number, static_cast<unsigned>(comparisons.size()),
                                          comparisons.data()),
                 "seccomp_rule_add", name);
  // libseccomp takes one comparison an argument: several of them are alternatives, as with runc.
  for (const scmp_arg_cmp& one : comparisons)
    TRY(check(::seccomp_rule_add_array(context, action, number, 1, &one), "seccomp_rule_add", name));
  return {};
}

Result<void> add_rule(void* context, const spec::SeccompRule& rule, std::uint32_t default_action) {
  const std::uint32_t action = action_code(rule.action, rule.errno_return);
  if (action == default_action) return {};  // changes nothing, and libseccomp calls it an error
  std::vector<scmp_arg_cmp> comparisons;
  for (const spec::SeccompArgument& argument : rule.args) comparisons.push_back(comparison(argument));
  const bool any = names_an_argument_twice(rule.args);
  for (const std::string& name : rule.names) {
    if (!is_known_to_libseccomp(name)) continue;  // see direct_rules
    const int number = ::seccomp_syscall_resolve_name(name.c_str());
    TRY(add_syscall(context, action, number, comparisons, any, name));
  }
  return {};
}

// What libseccomp cannot do, as it does not know the call. The first rule about a call counts.
Result<std::vector<DirectRule>> direct_rules(const spec::Seccomp& seccomp,
                                             const std::vector<std::uint32_t>& architectures) {
  std::vector<DirectRule> out;
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    const spec::SeccompRule& rule = seccomp.syscalls[i];
    for (const std::string& name : rule.names) {
      if (is_known_to_libseccomp(name)) continue;
      if (!rule.args.empty())
        return Error::invalid(concat("linux.seccomp.syscalls[", i, "].args"),
                              concat("expected none for ", name, ", which this libseccomp does not know"));
      for (const std::uint32_t arch : architectures) {
        const auto number = newer_number(name, arch);
        if (number) out.push_back({audit_arch(arch), *number, action_code(rule.action, rule.errno_return)});
      }
    }
  }
  return out;
}

bool notifies(const spec::Seccomp& seccomp) noexcept {
  for (const spec::SeccompRule& rule : seccomp.syscalls) {
    if (rule.action == SeccompAction::notify) return true;
  }
  return false;
}

unsigned filter_flags(const spec::Seccomp& seccomp) noexcept {
  // Absent means what runc and crun do: no mitigation of speculative store bypass that nobody asked for.
  unsigned flags = seccomp.flags ? 0U : SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  const bool listener = notifies(seccomp);
  if (listener) flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  for (const spec::SeccompFlag flag : seccomp.flags.value_or(std::vector<spec::SeccompFlag>())) {
    switch (flag) {
      case spec::SeccompFlag::tsync:
        break;  // the child has one thread
      case spec::SeccompFlag::log:
        flags |= SECCOMP_FILTER_FLAG_LOG;
        break;
      case spec::SeccompFlag::spec_allow:
        flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        break;
      case spec::SeccompFlag::wait_killable_recv:
        // The kernel refuses it without a listener.
        if (listener) flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        break;
    }
  }
  return flags;
}

Result<std::vector<std::uint64_t>> export_program(void* context) {
  const UniqueFd memory(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory) return Error::sys("memfd_create", "seccomp");
  TRY(check(::seccomp_export_bpf(context, memory.get()), "seccomp_export_bpf", {}));
  if (::lseek(memory.get(), 0, SEEK_SET) < 0) return Error::sys("lseek", "seccomp");
  TRY_ASSIGN(const std::string bytes, sys::read_all(memory, "seccomp"));
  static_assert(sizeof(sock_filter) == sizeof(std::uint64_t));
  std::vector<std::uint64_t> program(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(program.data(), bytes.data(), program.size() * sizeof(std::uint64_t));
  return program;
}

Result<Context> make_context(std::uint32_t default_action) {
  // Everything up to level 6 is in Linux 5.9, older than what we need anyway: spares libseccomp its probing.
  static_cast<void>(::seccomp_api_set(6));
  Context context(::seccomp_init(default_action));
  if (!context) return Error::message("libseccomp cannot make a filter", ENOMEM);
  // A balanced tree over the syscall numbers instead of a list: fewer instructions for each call of the payload.
  static_cast<void>(::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
  return context;
}

}  // namespace

bool CompiledFilter::wants_listener() const noexcept {
  return (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
}

Result<CompiledFilter> compile_seccomp(const spec::Seccomp& seccomp) {
  const std::uint32_t default_action = action_code(seccomp.default_action, seccomp.default_errno_return);
  TRY(check_names(seccomp));
  TRY_ASSIGN(const Context context, make_context(default_action));
  TRY_ASSIGN(const auto architectures, add_architectures(context.get(), seccomp));
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    auto added = add_rule(context.get(), seccomp.syscalls[i], default_action);
    if (!added) return std::move(added).context(concat("linux.seccomp.syscalls[", i, ']')).error();
  }
  TRY_ASSIGN(auto program, export_program(context.get()));
  TRY_ASSIGN(const auto direct, direct_rules(seccomp, architectures));
  program = with_direct_rules(program, direct);
  if (wants_stub(seccomp)) program = with_stub(program, newest_syscalls(seccomp, architectures));
  if (program.size() > BPF_MAXINSNS)
    return Error::invalid("linux.seccomp", concat("expected a profile that compiles to at most ",
                                                  BPF_MAXINSNS, " instructions, found ", program.size()));
  return CompiledFilter{.program = std::move(program), .flags = filter_flags(seccomp)};
}

std::string compiler_version() {
  const scmp_version* version = ::seccomp_version();
  // The first number is that of our own additions.
  return concat("2, libseccomp ", version->major, '.', version->minor, '.', version->micro, ", arch ",
                ::seccomp_arch_native());
}

}  // namespace berth::runtime::init
