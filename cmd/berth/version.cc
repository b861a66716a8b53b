// berth version, berth info.
#include <sys/utsname.h>

#include "berth/globals.h"
#include "berth/verbs.h"
#include "cgroup/tree.h"
#include "common/dispatch.h"
#include "engine/programs.h"
#include "engine/seccomp_profile.h"
#include "json/writer.h"
#include "spec/config.h"

namespace berth {

Result<int> version(const flags::Arguments& args) {
  flags::Parser parser("berth version", "", "Shows the version.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  return flags::print(concat("Client:       Berth Engine\nVersion:      ", BERTH_VERSION,
                             "\nOCI spec:     ", spec::kSpecVersion, "\n"));
}

Result<int> info(const flags::Arguments& args) {
  flags::Parser parser("berth info", "", "Shows what berth uses on this machine.");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto containers, engine.store.list());
  std::int64_t running = 0;
  for (const auto& container : containers) running += container.status.active() ? 1 : 0;
  const auto mount = cgroup::mount_point();
  utsname system{};
  ::uname(&system);
  json::Writer out("  ");
  out.begin_object().member("version", BERTH_VERSION).member("kernel", system.release);
  out.member("root", engine.paths.root).member("runRoot", engine.paths.run_root);
  out.member("runtime", engine::find_program(globals().runtime, "berth-runtime").value_or(""));
  out.member("monitor", engine::find_program(globals().monitor, "berth-monitor").value_or(""));
  out.member("seccompProfile", engine::default_seccomp_profile());
  out.member("cgroup", mount ? *mount : std::string());
  out.member("cgroupControllers", mount ? cgroup::controllers(*mount).value_or(std::vector<std::string>())
                                        : std::vector<std::string>());
  out.member("containers", static_cast<std::int64_t>(containers.size())).member("running", running);
  out.end_object();
  return flags::print(concat(out.text(), "\n"));
}

}  // namespace berth
