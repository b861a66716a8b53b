// The flags that create and run share.
#pragma once

#include "berth-runtime/commands.h"
#include "runtime/creation.h"

namespace berth::runtime_cli {

class CreateFlags {
 public:
  void add_to(flags::Parser& parser);
  // After parsing.
  [[nodiscard]] runtime::CreateRequest request(const Global& global, std::string id) const;

 private:
  std::string bundle_;
  std::string pid_file_;
  std::string pidfd_socket_;
  std::optional<std::string> console_socket_;
  unsigned preserve_fds_ = 0;
  bool no_pivot_ = false;
  bool no_new_keyring_ = false;
};

}  // namespace berth::runtime_cli
