// `exec`: one more process in a container that runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/config.h"

namespace berth::runtime {

struct ExecRequest {
  std::string root;
  std::string id;
  // A process.json; without it the container's own process, changed by what follows.
  std::string process_file;
  std::vector<std::string> args;
  bool terminal = false;
  std::string user;  // "uid[:gid]"
  std::string cwd;
  std::vector<std::string> env;
  std::vector<std::string> capabilities;
  std::vector<std::uint32_t> additional_gids;
  std::optional<bool> no_new_privileges;
  std::string apparmor_profile;
  std::string selinux_label;

  std::string cgroup;  // below the container's own
  bool ignore_paused = false;
  bool detach = false;
  std::string pid_file;
  unsigned preserved_fds = 0;
  std::optional<std::string> console_socket;
  bool subreaper = true;
};

// The exit code of the process; 0 when detached.
Result<int> exec(const ExecRequest& request);

// "1000" or "1000:100" into `user`; EINVAL for anything else, names too: they are the engine's to look up.
Result<void> parse_user(std::string_view text, spec::User& user);

}  // namespace berth::runtime
