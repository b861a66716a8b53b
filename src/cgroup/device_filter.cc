#include "cgroup/device_filter.h"

#include <algorithm>
#include <limits>
#include <span>

#include "base/text.h"

namespace berth::cgroup {

namespace {

using spec::DeviceRule;
using spec::DeviceRuleType;

// Registers while the program runs. r1 points to struct bpf_cgroup_dev_ctx at entry.
constexpr std::uint8_t kResult = BPF_REG_0;
constexpr std::uint8_t kContext = BPF_REG_1;
constexpr std::uint8_t kType = BPF_REG_2;
constexpr std::uint8_t kWanted = BPF_REG_3;  // access bits that no rule has granted yet
constexpr std::uint8_t kMajor = BPF_REG_4;
constexpr std::uint8_t kMinor = BPF_REG_5;

bpf_insn instruction(int code, std::uint8_t target, std::uint8_t source, std::int16_t offset,
                     std::int32_t value) noexcept {
  bpf_insn insn{};
  insn.code = static_cast<std::uint8_t>(code);
  insn.dst_reg = target & 0xfU;
  insn.src_reg = source & 0xfU;
  insn.off = offset;
  insn.imm = value;
  return insn;
}

// Instructions with forward jumps whose targets are filled in when they are known.
class Program {
 public:
  using Jump = std::size_t;

  void load(std::uint8_t target, std::uint8_t from, std::size_t offset) {
    add(BPF_LDX | BPF_MEM | BPF_W, target, from, static_cast<std::int16_t>(offset), 0);
  }
  void alu(int operation, std::uint8_t target, std::int32_t value) {
    add(BPF_ALU | operation | BPF_K, target, 0, 0, value);
  }
  void copy(std::uint8_t target, std::uint8_t from) { add(BPF_ALU | BPF_MOV | BPF_X, target, from, 0, 0); }
  void leave(std::int32_t verdict) {
    alu(BPF_MOV, kResult, verdict);
    add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  }
  [[nodiscard]] Jump jump_if(int condition, std::uint8_t reg, std::uint32_t value) {
    add(BPF_JMP32 | condition | BPF_K, reg, 0, 0, static_cast<std::int32_t>(value));
    return code_.size() - 1;
  }
  [[nodiscard]] Jump jump() {
    add(BPF_JMP | BPF_JA, 0, 0, 0, 0);
    return code_.size() - 1;
  }
  void land(Jump jump) { code_[jump].off = static_cast<std::int16_t>(code_.size() - jump - 1); }
  void land(const std::vector<Jump>& jumps) {
    for (const Jump jump : jumps) land(jump);
  }

  [[nodiscard]] std::vector<bpf_insn> take() && { return std::move(code_); }

 private:
  void add(int code, std::uint8_t target, std::uint8_t source, std::int16_t offset, std::int32_t value) {
    code_.push_back(instruction(code, target, source, offset, value));
  }
  std::vector<bpf_insn> code_;
};

int access_bits(const DeviceRule& rule) noexcept {
  return (rule.mknod ? BPF_DEVCG_ACC_MKNOD : 0) | (rule.read ? BPF_DEVCG_ACC_READ : 0) |
         (rule.write ? BPF_DEVCG_ACC_WRITE : 0);
}

constexpr int kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

bool names_every_device(const DeviceRule& rule) noexcept {
  return rule.type == DeviceRuleType::all && !rule.major && !rule.minor;
}

// Decides everything: what stood before it has no say.
bool is_final(const DeviceRule& rule) noexcept {
  return names_every_device(rule) && access_bits(rule) == kAllAccess;
}

Result<void> check_number(const std::optional<std::int64_t>& number) {
  constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
  if (number && (*number < 0 || *number > kMax))
    return Error::invalid("linux.resources.devices",
                          concat("expected a device number up to ", kMax, ", found ", *number));
  return {};
}

// Neighbours that differ in nothing but the minor share their comparisons.
bool same_but_minor(const DeviceRule& a, const DeviceRule& b) noexcept {
  return a.allow == b.allow && a.type == b.type && a.major == b.major && access_bits(a) == access_bits(b) &&
         a.minor.has_value() && b.minor.has_value();
}

void append_verdict(Program& program, const DeviceRule& rule) {
  if (rule.allow) {
    program.alu(BPF_AND, kWanted, ~access_bits(rule) & kAllAccess);
    const auto more = program.jump_if(BPF_JNE, kWanted, 0);
    program.leave(1);
    program.land(more);
  } else {
    program.copy(kResult, kWanted);
    program.alu(BPF_AND, kResult, access_bits(rule));
    const auto untouched = program.jump_if(BPF_JEQ, kResult, 0);
    program.leave(0);
    program.land(untouched);
  }
}

// Rules that are alike but for their minors.
void append_group(Program& program, std::span<const DeviceRule> group) {
  const DeviceRule& first = group.front();
  std::vector<Program::Jump> next;
  if (first.type != DeviceRuleType::all) {
    const auto type = first.type == DeviceRuleType::block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
    next.push_back(program.jump_if(BPF_JNE, kType, type));
  }
  if (first.major) next.push_back(program.jump_if(BPF_JNE, kMajor, static_cast<std::uint32_t>(*first.major)));
  if (first.minor) {
    std::vector<Program::Jump> found;
    for (const DeviceRule& rule : group)
      found.push_back(program.jump_if(BPF_JEQ, kMinor, static_cast<std::uint32_t>(*rule.minor)));
    next.push_back(program.jump());
    program.land(found);
  }
  append_verdict(program, first);
  program.land(next);
}

DeviceRule allow(DeviceRuleType type, std::optional<std::int64_t> major, std::optional<std::int64_t> minor) {
  return {.allow = true, .type = type, .major = major, .minor = minor};
}

}  // namespace

std::vector<DeviceRule> with_default_devices(std::vector<DeviceRule> rules) {
  constexpr auto kChar = DeviceRuleType::character;
  const DeviceRule every_node = {.allow = true, .read = false, .write = false};
  rules.insert(rules.end(), {
                                every_node, allow(kChar, 136, std::nullopt),  // /dev/pts/*
                                allow(kChar, 5, 0),                           // /dev/tty
                                allow(kChar, 5, 1),                           // /dev/console
                                allow(kChar, 5, 2),                           // /dev/ptmx
                                allow(kChar, 1, 3),                           // /dev/null
                                allow(kChar, 1, 5),                           // /dev/zero
                                allow(kChar, 1, 7),                           // /dev/full
                                allow(kChar, 1, 8),                           // /dev/random
                                allow(kChar, 1, 9),                           // /dev/urandom
                            });
  return rules;
}

bool allows_everything(const std::vector<DeviceRule>& rules) noexcept {
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    if (!rule->allow) return false;
    if (is_final(*rule)) return true;
  }
  return false;
}

Result<std::vector<bpf_insn>> compile_device_filter(const std::vector<DeviceRule>& rules) {
  for (const DeviceRule& rule : rules) {
    TRY(check_number(rule.major));
    TRY(check_number(rule.minor));
  }
  // Last rule first, up to the one that decides everything.
  std::vector<DeviceRule> order(rules.rbegin(), rules.rend());
  const auto final_rule = std::find_if(order.begin(), order.end(), is_final);
  const bool otherwise = final_rule != order.end() && final_rule->allow;
  order.erase(final_rule, order.end());

  Program program;
  // access_type: the kind of device in the low half, the access in the high half.
  program.load(kType, kContext, offsetof(bpf_cgroup_dev_ctx, access_type));
  program.copy(kWanted, kType);
  program.alu(BPF_AND, kType, 0xffff);
  program.alu(BPF_RSH, kWanted, 16);
  program.load(kMajor, kContext, offsetof(bpf_cgroup_dev_ctx, major));
  program.load(kMinor, kContext, offsetof(bpf_cgroup_dev_ctx, minor));
  for (std::span<const DeviceRule> rest(order); !rest.empty();) {
    std::size_t alike = 1;
    while (alike < rest.size() && same_but_minor(rest.front(), rest[alike])) ++alike;
    append_group(program, rest.first(alike));
    rest = rest.subspan(alike);
  }
  program.leave(otherwise ? 1 : 0);
  return std::move(program).take();
}

}  // namespace berth::cgroup
