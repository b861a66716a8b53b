// Where the engine keeps things. Two roots, as podman has them: `root` survives a reboot (the database, logs),
// `run_root` must not (bundles, sockets, pid and exit files).
//
//   root                 root: /var/lib/berth    user: $XDG_DATA_HOME/berth or ~/.local/share/berth
//   run_root             root: /run/berth        user: $XDG_RUNTIME_DIR/berth
//
//   <root>/berth.db                    the containers
//   <root>/containers/<id>/ctr.log     what the container said
//   <run_root>/locks                   byte-range locks, one byte a container
//   <run_root>/state/                  the OCI runtime's --root
//   <run_root>/<id>/                   the bundle of a container that was started: see RunDir
#pragma once

#include <string>

#include "base/result.h"

namespace berth::engine {

struct Paths {
  std::string root;
  std::string run_root;

  // `root` and `run_root` come from --root and --runroot; empty ones are the defaults above.
  static Result<Paths> resolve(const std::string& root, const std::string& run_root);
  // Makes both directories (0700 for a user's, 0711 for root's).
  [[nodiscard]] Result<void> make() const;

  [[nodiscard]] std::string database() const;
  [[nodiscard]] std::string locks() const;
  [[nodiscard]] std::string runtime_root() const;
  [[nodiscard]] std::string data_dir(const std::string& id) const;
  [[nodiscard]] std::string run_dir(const std::string& id) const;
};

// The files below <run_root>/<id>/.
struct RunDir {
  std::string path;  // also the bundle: config.json and attach, ctl, winsz of the monitor are in it

  [[nodiscard]] std::string config() const;
  [[nodiscard]] std::string container_pid_file() const;
  [[nodiscard]] std::string monitor_pid_file() const;
  [[nodiscard]] std::string exit_dir() const;  // the monitor writes <exit_dir>/<id>
  [[nodiscard]] std::string exit_file(const std::string& id) const;
  [[nodiscard]] std::string persist_dir() const;  // the monitor leaves "oom" there when the kernel killed
  [[nodiscard]] std::string oom_file() const;
  [[nodiscard]] std::string notify_dir() const;
  [[nodiscard]] std::string notify_socket() const;
  [[nodiscard]] std::string attach_socket() const;
  [[nodiscard]] std::string control_fifo() const;
  [[nodiscard]] std::string generated(const std::string& name) const;  // hosts, hostname, resolv.conf, …
};

}  // namespace berth::engine
