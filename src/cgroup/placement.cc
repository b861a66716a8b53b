#include "cgroup/placement.h"

#include "base/text.h"
#include "cgroup/tree.h"

namespace berth::cgroup {

namespace {

std::string_view parent_of(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

// Appends the components of `path` to `out`, without empty ones and dots.
Result<void> append_path(std::string& out, std::string_view path) {
  for (const std::string_view part : split(path, '/')) {
    if (part == "..") return Error::invalid("linux.cgroupsPath", concat("expected no \"..\", found ", path));
    if (!part.empty() && part != ".") append(out, '/', part);
  }
  return {};
}

}  // namespace

Result<std::string> directory_for(const PlaceOptions& options, std::string_view mount_point,
                                  std::string_view own_path) {
  const std::string& wanted = options.cgroups_path.empty() ? options.id : options.cgroups_path;
  std::string out(mount_point);
  if (!wanted.starts_with('/')) TRY(append_path(out, parent_of(own_path)));
  const std::size_t base = out.size();
  TRY(append_path(out, wanted));
  if (out.size() == base) return Error::invalid("linux.cgroupsPath", "expected a cgroup below the root");
  return out;
}

Result<Placement> place(const PlaceOptions& options) {
  if (options.disabled) return Placement{};
  const bool requested = !options.cgroups_path.empty();
  auto mount = mount_point();
  if (!mount && mount.error().is(ENOENT) && !requested) return Placement{};
  if (!mount) return std::move(mount).error();
  std::string own;
  if (!options.cgroups_path.starts_with('/')) {
    TRY_ASSIGN(own, own_path());
  }
  TRY_ASSIGN(std::string path, directory_for(options, *mount, own));
  return Placement{.kind = Kind::cgroupfs,
                   .path = std::move(path),
                   .mount_point = std::move(*mount),
                   .requested = requested};
}

}  // namespace berth::cgroup
