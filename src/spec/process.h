// config.md "process": the payload, also alone in the file of `exec --process`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/capability.h"
#include "spec/rlimit.h"
#include "spec/scheduler.h"

namespace berth::spec {

struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::optional<std::uint32_t> umask = {};
  std::vector<std::uint32_t> additional_gids = {};
  friend bool operator==(const User&, const User&) = default;
};
Result<void> decode(const json::Value& value, User& out);
void encode(json::Writer& out, const User& user);

struct ConsoleSize {
  std::uint16_t height = 0;  // rows
  std::uint16_t width = 0;   // columns
  friend bool operator==(const ConsoleSize&, const ConsoleSize&) = default;
};
Result<void> decode(const json::Value& value, ConsoleSize& out);
void encode(json::Writer& out, const ConsoleSize& size);

struct Process {
  bool terminal = false;
  std::optional<ConsoleSize> console_size = {};
  User user = {};
  std::vector<std::string> args = {};
  std::vector<std::string> env = {};
  std::string cwd = {};
  // Unset: the document says nothing. runc then leaves the process without any.
  std::optional<Capabilities> capabilities = {};
  std::vector<Rlimit> rlimits = {};
  bool no_new_privileges = false;
  std::string apparmor_profile = {};
  std::optional<int> oom_score_adj = {};
  std::optional<Scheduler> scheduler = {};
  std::string selinux_label = {};
  std::optional<IoPriority> io_priority = {};
  std::optional<ExecCpuAffinity> exec_cpu_affinity = {};
  friend bool operator==(const Process&, const Process&) = default;
};
Result<void> decode(const json::Value& value, Process& out);
void encode(json::Writer& out, const Process& process);

// A file that holds nothing but a process object, decoded and validated. `name` is what errors call it.
[[nodiscard]] Result<Process> parse_process(std::string_view text, std::string_view name);

}  // namespace berth::spec
