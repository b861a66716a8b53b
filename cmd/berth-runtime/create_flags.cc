#include "berth-runtime/create_flags.h"

#include "runtime/state_dir.h"

namespace berth::runtime_cli {

void CreateFlags::add_to(flags::Parser& parser) {
  parser.single_dash()
      .value("bundle", 'b', "DIR", "the bundle (default: the working directory)", bundle_)
      .value("console-socket", 0, "PATH", "socket that receives the master of the terminal", console_socket_)
      .value("pid-file", 0, "PATH", "where to write the pid of the container's init", pid_file_)
      .value("pidfd-socket", 0, "PATH", "socket that receives a pidfd of the container's init", pidfd_socket_)
      .number("preserve-fds", 0, "N", "pass descriptors 3 to 3+N-1 on to the container", preserve_fds_)
      .toggle("no-pivot", 0, "change the root with chroot, not pivot_root", no_pivot_)
      .toggle("no-new-keyring", 0, "stay in the caller's session keyring", no_new_keyring_);
}

runtime::CreateRequest CreateFlags::request(const Global& global, std::string id) const {
  runtime::CreateRequest request;
  request.root = global.root;
  request.id = std::move(id);
  request.bundle = bundle_;
  request.pid_file = pid_file_;
  request.pidfd_socket = pidfd_socket_;
  request.systemd_cgroup = global.systemd_cgroup;
  request.without_cgroup = global.without_cgroup;
  request.options = {.filter_cache = runtime::filter_cache(global.root),
                     .pivot = !no_pivot_,
                     .new_keyring = !no_new_keyring_,
                     .preserved_fds = preserve_fds_,
                     .console_socket = console_socket_};
  return request;
}

}  // namespace berth::runtime_cli
