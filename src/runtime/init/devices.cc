#include "runtime/init/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

bool same_node(const struct stat& info, const DevicePlan& device) noexcept {
  return (info.st_mode & S_IFMT) == (device.mode & S_IFMT) && info.st_rdev == device.number;
}

void bind_host_node(Context& context, const DevicePlan& device) noexcept {
  // "dev/null" of the plan is "/dev/null" of the host.
  const std::string& name = device.host_path.empty() ? device.path : device.host_path;
  std::array<char, sys::kMaxRootPath> host_path{"/"};
  if (name.size() + 2 > host_path.size()) context.report.fail_with(ENAMETOOLONG, 0, {name});
  std::memcpy(host_path.data() + 1, name.c_str(), name.size() + 1);
  const sys::DetachedMount node = sys::DetachedMount::copy_of(AT_FDCWD, host_path.data(), false);
  struct stat info {};
  if (!node.valid() || ::fstat(node.fd(), &info) != 0) context.report.fail("open the host's device", name);
  if (!same_node(info, device)) context.report.fail_with(ENODEV, 0, {"the host's ", name});
  const UniqueFd target = sys::make_file_in_root(context.root.get(), device.path.c_str());
  if (!target || !node.attach(target.get())) context.report.fail("bind the device", device.path);
}

// The directory of a path. Nearly all of them are in /dev: the last one stays open.
class Parents {
 public:
  explicit Parents(Context& context) noexcept : context_(context) {}

  struct Place {
    int directory;
    const char* name;
  };
  Place of(const std::string& path) noexcept {
    const std::string_view directory = std::string_view(path).substr(0, path.rfind('/') + 1);
    if (!last_.directory || directory != last_path_) {
      last_ = sys::make_parent_in_root(context_.root.get(), path.c_str());
      last_path_ = directory;
    }
    if (!last_.directory) context_.report.fail("open the directory of", path);
    return {last_.directory.get(), path.c_str() + directory.size()};
  }

 private:
  Context& context_;
  sys::ParentInRoot last_;
  std::string_view last_path_;  // of the plan, which stays
};

void make_node(Context& context, Parents& parents, const DevicePlan& device) noexcept {
  const auto [directory, name] = parents.of(device.path);
  if (::mknodat(directory, name, device.mode, device.number) != 0) {
    if (errno == EPERM) return bind_host_node(context, device);
    struct stat info {};
    const int code = errno;
    // What is there already may stay only if it is that very device, and no link to anywhere.
    if (code != EEXIST || ::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !same_node(info, device)) {
      errno = code;
      context.report.fail("make the device", device.path);
    }
  }
  if ((device.uid != 0 || device.gid != 0) &&
      ::fchownat(directory, name, device.uid, device.gid, AT_SYMLINK_NOFOLLOW) != 0)
    context.report.fail("give the device to its owner:", device.path);
}

void make_link(Context& context, Parents& parents, const LinkPlan& link) noexcept {
  const auto [directory, name] = parents.of(link.path);
  if (::symlinkat(link.target.c_str(), directory, name) == 0 || errno == EEXIST) return;
  context.report.fail("make the link", link.path);
}

}  // namespace

void make_devices(Context& context) noexcept {
  const RootPlan& plan = *context.plan.root;
  if (!plan.make_devices) return;
  const mode_t mask = ::umask(0);  // the modes of the plan are meant literally
  Parents parents(context);
  for (const DevicePlan& device : plan.devices) {
    if (context.plan.namespaces.in_user_namespace && !S_ISFIFO(device.mode)) {
      bind_host_node(context, device);
    } else {
      make_node(context, parents, device);
    }
  }
  for (const LinkPlan& link : plan.links) make_link(context, parents, link);
  ::umask(mask);
}

}  // namespace berth::runtime::init
