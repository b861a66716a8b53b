#include "runtime/update.h"

#include "base/quantity.h"
#include "berth-runtime/commands.h"
#include "spec/validate.h"
#include "sys/file.h"

namespace berth::runtime_cli {

namespace {

constexpr std::size_t kMaxResources = 1U << 20U;

// The flags as runc has them; each is one member of the resources.
struct UpdateFlags {
  std::string file;
  spec::MemoryLimits memory;
  spec::CpuLimits cpu;
  std::optional<std::uint16_t> io_weight;
  std::optional<std::int64_t> pids_limit;
};

void add_size(flags::Parser& parser, std::string_view name, std::string_view help,
              std::optional<std::int64_t>& out) {
  parser.custom(name, 0, "BYTES", help, [&out](const std::string& text) -> Result<void> {
    TRY_ASSIGN(out, parse_size(text, true));
    return {};
  });
}

void add_flags(flags::Parser& parser, UpdateFlags& out) {
  parser
      .value("resources", 'r', "FILE", "read the resources, as config.json has them, from FILE or - (stdin)",
             out.file)
      .number("blkio-weight", 0, "WEIGHT", "block IO weight, 10 to 1000", out.io_weight)
      .number("cpu-period", 0, "US", "period of the CPU quota", out.cpu.period)
      .number("cpu-quota", 0, "US", "CPU time in each period; -1: no limit", out.cpu.quota)
      .number("cpu-burst", 0, "US", "CPU time that may be saved up", out.cpu.burst)
      .number("cpu-share", 0, "SHARES", "CPU shares, 1024 is one", out.cpu.shares)
      .number("cpu-idle", 0, "0|1", "1: only when nobody else wants the CPU", out.cpu.idle)
      .value("cpuset-cpus", 0, "LIST", "CPUs to run on", out.cpu.cpus)
      .value("cpuset-mems", 0, "LIST", "memory nodes to use", out.cpu.mems)
      .number("pids-limit", 0, "N", "most processes; -1: no limit", out.pids_limit);
  add_size(parser, "memory", "memory limit", out.memory.limit);
  add_size(parser, "memory-reservation", "memory that is kept from reclaim", out.memory.reservation);
  add_size(parser, "memory-swap", "memory and swap together; -1: no limit", out.memory.swap);
  for (const char* name : {"kernel-memory", "kernel-memory-tcp", "cpu-rt-period", "cpu-rt-runtime"})
    parser.ignored(name, 0, "N");  // cgroup v1's
  parser.interspersed().single_dash();
}

Result<spec::Resources> resources_from(const UpdateFlags& given) {
  if (given.file.empty()) {
    spec::Resources resources = {.memory = given.memory, .cpu = given.cpu, .pids_limit = given.pids_limit};
    if (given.io_weight) resources.block_io = spec::BlockIo{.weight = given.io_weight};
    return resources;
  }
  const bool from_stdin = given.file == "-";
  TRY_ASSIGN(const std::string text, from_stdin ? sys::read_all(FdRef(0), "stdin", kMaxResources)
                                                : sys::read_file(given.file, kMaxResources));
  return spec::parse_resources(text, from_stdin ? "stdin" : given.file);
}

}  // namespace

Result<int> update_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime update", "CONTAINER", "Sets other limits for a container that runs.");
  UpdateFlags given;
  add_flags(parser, given);
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  TRY_ASSIGN(auto resources, resources_from(given));
  TRY(spec::validate(resources, "resources"));
  TRY(runtime::update(global.root, operands.values.front(), std::move(resources))
          .context("update container"));
  return 0;
}

}  // namespace berth::runtime_cli
