// Loading and attaching what device_filter.cc compiled: bpf(2).
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "cgroup/device_filter.h"

namespace berth::cgroup {

namespace {

int bpf(int command, bpf_attr& attr) noexcept {
  return static_cast<int>(::syscall(SYS_bpf, command, &attr, sizeof(attr)));
}

std::uint64_t address(const void* pointer) noexcept {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

Result<UniqueFd> load_program(const std::vector<bpf_insn>& program) {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attr.insns = address(program.data());
  attr.insn_cnt = static_cast<std::uint32_t>(program.size());
  attr.license = address("Apache-2.0");  // calls no helper that asks for the GPL
  UniqueFd fd(bpf(BPF_PROG_LOAD, attr));
  if (!fd) return Error::sys("bpf(BPF_PROG_LOAD)", "device filter");
  return fd;
}

constexpr std::size_t kMaxPrograms = 64;  // BPF_CGROUP_MAX_PROGS

struct Attached {
  std::array<std::uint32_t, kMaxPrograms> ids{};
  std::size_t count = 0;
};

Result<Attached> query(FdRef directory) {
  Attached attached;
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.query.target_fd = static_cast<std::uint32_t>(directory.get());
  attr.query.attach_type = BPF_CGROUP_DEVICE;
  attr.query.prog_ids = address(attached.ids.data());
  attr.query.prog_cnt = static_cast<std::uint32_t>(attached.ids.size());
  if (bpf(BPF_PROG_QUERY, attr) < 0) return Error::sys("bpf(BPF_PROG_QUERY)", "device filter");
  attached.count = attr.query.prog_cnt;
  return attached;
}

Result<UniqueFd> program_by_id(std::uint32_t id) {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.prog_id = id;
  UniqueFd fd(bpf(BPF_PROG_GET_FD_BY_ID, attr));
  if (!fd) return Error::sys("bpf(BPF_PROG_GET_FD_BY_ID)", "device filter");
  return fd;
}

Result<void> attach(FdRef directory, FdRef program, FdRef replaced) {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.target_fd = static_cast<std::uint32_t>(directory.get());
  attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attr.attach_type = BPF_CGROUP_DEVICE;
  // MULTI: a manager inside the container may put filters of its own on its children, and the ancestors'
  // still count.
  attr.attach_flags = BPF_F_ALLOW_MULTI;
  if (replaced.valid()) {
    attr.attach_flags |= BPF_F_REPLACE;
    attr.replace_bpf_fd = static_cast<std::uint32_t>(replaced.get());
  }
  if (bpf(BPF_PROG_ATTACH, attr) < 0) return Error::sys("bpf(BPF_PROG_ATTACH)", "device filter");
  return {};
}

Result<void> detach(FdRef directory, FdRef program) {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.target_fd = static_cast<std::uint32_t>(directory.get());
  attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attr.attach_type = BPF_CGROUP_DEVICE;
  if (bpf(BPF_PROG_DETACH, attr) < 0) return Error::sys("bpf(BPF_PROG_DETACH)", "device filter");
  return {};
}

}  // namespace

Result<void> attach_device_filter(FdRef directory, const std::vector<bpf_insn>& program) {
  TRY_ASSIGN(const UniqueFd loaded, load_program(program));
  return attach(directory, loaded, FdRef(-1));
}

Result<void> replace_device_filter(FdRef directory, const std::vector<bpf_insn>& program) {
  TRY_ASSIGN(const Attached old, query(directory));
  TRY_ASSIGN(const UniqueFd loaded, load_program(program));
  if (old.count == 1) {
    TRY_ASSIGN(const UniqueFd only, program_by_id(old.ids[0]));
    return attach(directory, loaded, only);  // in one step: no moment without a filter
  }
  TRY(attach(directory, loaded, FdRef(-1)));
  for (std::size_t i = 0; i < old.count; ++i) {
    TRY_ASSIGN(const UniqueFd each, program_by_id(old.ids[i]));
    TRY(detach(directory, each));
  }
  return {};
}

Result<void> remove_device_filters(FdRef directory) {
  TRY_ASSIGN(const Attached old, query(directory));
  for (std::size_t i = 0; i < old.count; ++i) {
    TRY_ASSIGN(const UniqueFd each, program_by_id(old.ids[i]));
    TRY(detach(directory, each));
  }
  return {};
}

Result<std::size_t> attached_device_filters(FdRef directory) {
  TRY_ASSIGN(const Attached attached, query(directory));
  return attached.count;
}

}  // namespace berth::cgroup
