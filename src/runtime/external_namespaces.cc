#include "runtime/external_namespaces.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

constexpr std::string_view criu_name(spec::NamespaceType type) {
  switch (type) {
    case spec::NamespaceType::network:
      return "net";
    case spec::NamespaceType::mount:
      return "mnt";
    default:
      return to_text(type);
  }
}

// The two that criu leaves alone altogether; into others it restores what it has saved of them.
constexpr std::string_view key_of(spec::NamespaceType type) {
  if (type == spec::NamespaceType::network) return "extRootNetNS";
  if (type == spec::NamespaceType::pid) return "extRootPidNS";
  return {};
}

}  // namespace

Result<std::vector<std::string>> external_namespaces_to_dump(const spec::Linux& linux_config, pid_t init) {
  std::vector<std::string> out;
  for (const spec::Namespace& ns : linux_config.namespaces) {
    if (ns.path.empty() || key_of(ns.type).empty()) continue;
    const std::string path = concat("/proc/", init, "/ns/", criu_name(ns.type));
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return Error::sys("stat", path);
    out.push_back(concat(criu_name(ns.type), '[', info.st_ino, "]:", key_of(ns.type)));
  }
  return out;
}

Result<std::vector<UniqueFd>> external_namespaces_to_restore(const spec::Linux& linux_config, int first,
                                                             contract::CriuOptions& options) {
  std::vector<UniqueFd> opened;
  for (const spec::Namespace& ns : linux_config.namespaces) {
    if (ns.path.empty()) continue;
    TRY_ASSIGN(UniqueFd fd,
               sys::open(ns.path, O_RDONLY).context(concat("linux.namespaces: ", to_text(ns.type))));
    if (ns.type == spec::NamespaceType::cgroup || ns.type == spec::NamespaceType::time)
      return Error::invalid("linux.namespaces",
                            concat("criu cannot restore into a ", to_text(ns.type), " namespace that exists"),
                            ENOTSUP);
    if (key_of(ns.type).empty()) {
      options.joined_namespaces.emplace_back(criu_name(ns.type), ns.path);
      continue;
    }
    options.inherited.emplace_back(key_of(ns.type), first + static_cast<int>(opened.size()));
    opened.push_back(std::move(fd));
  }
  return opened;
}

}  // namespace berth::runtime
