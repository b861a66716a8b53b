#include "cgroup/device_filter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/file.h"
#include "tests/unit/cgroup/scratch.h"

namespace berth::cgroup {
namespace {

using spec::DeviceRule;
using spec::DeviceRuleType;

constexpr unsigned kRead = BPF_DEVCG_ACC_READ;
constexpr unsigned kWrite = BPF_DEVCG_ACC_WRITE;
constexpr unsigned kMknod = BPF_DEVCG_ACC_MKNOD;
constexpr unsigned kChar = BPF_DEVCG_DEV_CHAR;
constexpr unsigned kBlock = BPF_DEVCG_DEV_BLOCK;

// A machine for the instructions that the compiler uses; anything else fails the test.
class Machine {
 public:
  explicit Machine(std::vector<bpf_insn> program) : program_(std::move(program)) {}

  bool allows(unsigned type, unsigned access, unsigned major, unsigned minor) {
    std::array<std::uint32_t, 11> r{};
    const std::array<std::uint32_t, 3> context = {(access << 16U) | type, major, minor};
    for (std::size_t pc = 0; pc < program_.size(); ++pc) {
      const bpf_insn& insn = program_[pc];
      const auto value = static_cast<std::uint32_t>(insn.imm);
      std::uint32_t& target = r[insn.dst_reg];
      switch (insn.code) {
        case BPF_LDX | BPF_MEM | BPF_W:
          target = context.at(static_cast<std::size_t>(insn.off) / 4);
          break;
        case BPF_ALU | BPF_AND | BPF_K:
          target &= value;
          break;
        case BPF_ALU | BPF_RSH | BPF_K:
          target >>= value;
          break;
        case BPF_ALU | BPF_MOV | BPF_K:
          target = value;
          break;
        case BPF_ALU | BPF_MOV | BPF_X:
          target = r[insn.src_reg];
          break;
        case BPF_JMP32 | BPF_JNE | BPF_K:
          pc += target != value ? insn.off : 0;
          break;
        case BPF_JMP32 | BPF_JEQ | BPF_K:
          pc += target == value ? insn.off : 0;
          break;
        case BPF_JMP | BPF_JA:
          pc += insn.off;
          break;
        case BPF_JMP | BPF_EXIT:
          return r[BPF_REG_0] == 1;
        default:
          ADD_FAILURE() << "instruction " << int{insn.code};
          return false;
      }
    }
    ADD_FAILURE() << "ran off the end";
    return false;
  }

 private:
  std::vector<bpf_insn> program_;
};

Machine compiled(const std::vector<DeviceRule>& rules) {
  auto program = compile_device_filter(rules);
  EXPECT_TRUE(program);
  return Machine(std::move(*program));
}

const DeviceRule kDenyAll = {.allow = false};

TEST(DeviceFilter, RefusesWhatNoRuleNames) {
  EXPECT_FALSE(compiled({}).allows(kChar, kRead, 1, 3));
}

TEST(DeviceFilter, LeavesTheUsualDevicesOpen) {
  Machine machine = compiled(with_default_devices({kDenyAll}));
  for (const unsigned minor : {3U, 5U, 7U, 8U, 9U})
    EXPECT_TRUE(machine.allows(kChar, kRead | kWrite, 1, minor));
  for (const unsigned minor : {0U, 1U, 2U}) EXPECT_TRUE(machine.allows(kChar, kRead | kWrite, 5, minor));
  EXPECT_TRUE(machine.allows(kChar, kRead | kWrite, 136, 77));
  EXPECT_TRUE(machine.allows(kBlock, kMknod, 8, 0));
  EXPECT_FALSE(machine.allows(kChar, kRead, 1, 1)) << "/dev/mem";
  EXPECT_FALSE(machine.allows(kBlock, kRead, 1, 3)) << "the same numbers, another kind";
  EXPECT_FALSE(machine.allows(kBlock, kRead | kMknod, 8, 0));
}

TEST(DeviceFilter, TheLastRuleWinsForEachKindOfAccess) {
  const DeviceRule all_of_8 = {.allow = true, .type = DeviceRuleType::block, .major = 8};
  const DeviceRule no_write = {.allow = false,
                               .type = DeviceRuleType::block,
                               .major = 8,
                               .minor = 1,
                               .read = false,
                               .write = true,
                               .mknod = false};
  Machine machine = compiled({kDenyAll, all_of_8, no_write});
  EXPECT_TRUE(machine.allows(kBlock, kRead | kWrite, 8, 0));
  EXPECT_TRUE(machine.allows(kBlock, kRead, 8, 1));
  EXPECT_FALSE(machine.allows(kBlock, kWrite, 8, 1));
  EXPECT_FALSE(machine.allows(kBlock, kRead | kWrite, 8, 1));
  EXPECT_TRUE(compiled({kDenyAll, no_write, all_of_8}).allows(kBlock, kRead | kWrite, 8, 1));
}

TEST(DeviceFilter, TwoRulesTogetherGrantWhatEachGrantsInPart) {
  DeviceRule reads = {.allow = true, .type = DeviceRuleType::character, .major = 10, .minor = 200};
  reads.write = reads.mknod = false;
  DeviceRule writes = reads;
  writes.read = false;
  writes.write = true;
  Machine machine = compiled({kDenyAll, reads, writes});
  EXPECT_TRUE(machine.allows(kChar, kRead | kWrite, 10, 200));
  EXPECT_FALSE(machine.allows(kChar, kRead | kWrite | kMknod, 10, 200));
  EXPECT_FALSE(machine.allows(kChar, kRead | kWrite, 10, 201));
}

TEST(DeviceFilter, AllowAllMakesWhatStoodBeforeMoot) {
  const DeviceRule everything = {.allow = true};
  const DeviceRule not_memory = {.allow = false, .type = DeviceRuleType::character, .major = 1, .minor = 1};
  EXPECT_TRUE(allows_everything(with_default_devices({kDenyAll, everything})));
  EXPECT_FALSE(allows_everything(with_default_devices({everything, not_memory})));
  EXPECT_FALSE(allows_everything(with_default_devices({})));
  Machine machine = compiled({everything, not_memory});
  EXPECT_FALSE(machine.allows(kChar, kRead, 1, 1));
  EXPECT_TRUE(machine.allows(kBlock, kRead | kWrite, 8, 0));
}

TEST(DeviceFilter, RefusesDeviceNumbersThatTheKernelCannotHave) {
  EXPECT_FALSE(compile_device_filter({{.allow = true, .major = std::int64_t{1} << 32}}));
  EXPECT_FALSE(compile_device_filter({{.allow = true, .minor = -2}}));
}

int open_device_in(const Cgroup& group, unsigned major, unsigned minor, int flags) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!group.add_process(::getpid())) ::_exit(200);
    const std::string node = concat("/tmp/berth-test-node-", ::getpid());
    if (::mknod(node.c_str(), S_IFCHR | 0600, ::makedev(major, minor)) < 0) ::_exit(201);
    const int fd = ::open(node.c_str(), flags);
    const int result = fd < 0 ? errno : 0;
    ::unlink(node.c_str());
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(CgroupTest, TheKernelAsksTheFilterBeforeItOpensADevice) {
  spec::Resources resources;
  resources.devices = {kDenyAll};
  const Cgroup group = make({}, resources);
  EXPECT_EQ(*attached_device_filters(group.fd()), 1U);
  EXPECT_EQ(open_device_in(group, 1, 3, O_RDWR), 0);
  EXPECT_EQ(open_device_in(group, 1, 11, O_RDONLY), EPERM) << "/dev/kmsg";

  resources.devices.push_back({.allow = true, .type = DeviceRuleType::character, .major = 1, .minor = 11});
  ASSERT_TRUE(group.apply(resources));
  EXPECT_EQ(*attached_device_filters(group.fd()), 1U) << "replaced, not added";
  EXPECT_EQ(open_device_in(group, 1, 11, O_RDONLY), 0);

  resources.devices = {{.allow = true}};
  ASSERT_TRUE(group.apply(resources));
  EXPECT_EQ(*attached_device_filters(group.fd()), 0U);
}

}  // namespace
}  // namespace berth::cgroup
