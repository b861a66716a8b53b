// The flags that `run` and `create` share, and what they make of a ContainerConfig. podman-run(1).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "common/flags.h"
#include "engine/container.h"

namespace berth {

// What is not a property of the container but of the command.
struct CreateRequest {
  engine::ContainerConfig config;
  bool replace = false;
  bool detach = false;
  bool sig_proxy = true;
  std::string detach_keys;
};

class CreateFlags {
 public:
  // `verb` is "run" or "create".
  explicit CreateFlags(std::string_view verb);
  CreateFlags(const CreateFlags&) = delete;  // the parser points into it
  CreateFlags& operator=(const CreateFlags&) = delete;

  [[nodiscard]] flags::Parser& parser() noexcept { return parser_; }
  // nullopt: help was asked for, and printed. The config is complete but for what only the database can decide.
  [[nodiscard]] Result<std::optional<CreateRequest>> parse(const flags::Arguments& args);

 private:
  void add_identity();
  void add_process();
  void add_files();
  void add_limits();
  void add_security();
  void add_service();
  void add_unsupported();
  Result<void> take_security_option(const std::string& text);
  Result<void> take_ulimit(const std::string& text);
  Result<void> take_log_option(const std::string& text);
  Result<void> take_pairs(std::map<std::string, std::string>& into, std::string_view flag,
                          const std::string& text);
  flags::Parser& size(std::string_view name, char letter, std::string_view help, bool unlimited,
                      std::optional<std::int64_t>& target);
  flags::Parser& choice(std::string_view name, std::string_view metavar, std::string_view help,
                        std::vector<std::string_view> choices, std::string& target);
  Result<void> take_operands(const flags::Arguments& operands);
  Result<void> take_environment();
  Result<void> check();

  std::string command_;
  flags::Parser parser_;
  CreateRequest request_;
  bool rootfs_ = false;
  std::string rootfs_path_;
  std::string entrypoint_;
  bool has_entrypoint_ = false;
  std::vector<std::string> env_;
  std::vector<std::string> env_files_;
};

}  // namespace berth
