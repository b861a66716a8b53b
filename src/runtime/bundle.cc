#include "runtime/bundle.h"

#include <sys/stat.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

Result<std::string> find_rootfs(const Bundle& bundle) {
  const std::string& path = bundle.config.root.path;
  const std::string absolute = path.starts_with('/') ? path : concat(bundle.path, '/', path);
  auto resolved = sys::real_path(absolute);
  if (!resolved) return std::move(resolved).context("root.path").error();
  struct stat info {};
  if (::stat(resolved->c_str(), &info) != 0) return Error::sys("stat", *resolved);
  if (!S_ISDIR(info.st_mode)) return Error::with_errno(ENOTDIR, "root.path", *resolved);
  return resolved;
}

}  // namespace

Result<Bundle> Bundle::load(const std::string& directory) {
  Bundle bundle;
  TRY_ASSIGN(bundle.path, sys::real_path(directory.empty() ? "." : directory).context("bundle"));
  const std::string file = concat(bundle.path, "/config.json");
  TRY_ASSIGN(bundle.text, sys::read_file(file, spec::kMaxConfig));
  TRY_ASSIGN(bundle.config, spec::parse_config(bundle.text, file));
  if (bundle.config.process.args.empty())
    return Error::invalid(file, "process.args: expected at least one argument, found none");
  if (!bundle.config.linux.has(spec::NamespaceType::mount))
    return Error::invalid(file, "linux.namespaces: expected a mount namespace, found none");
  TRY_ASSIGN(bundle.rootfs, find_rootfs(bundle));
  return bundle;
}

}  // namespace berth::runtime
