#include "engine/environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

std::string_view name_in(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

void copy_matching(std::vector<std::string>& environment, std::string_view prefix) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const auto pair = split_once(*entry, '=');
    if (pair && pair->first.starts_with(prefix)) set_variable(environment, pair->first, pair->second);
  }
}

}  // namespace

void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const std::string& entry) { return name_in(entry) == name; });
  std::string assignment = concat(name, '=', value);
  if (found != environment.end()) {
    *found = std::move(assignment);
  } else {
    environment.push_back(std::move(assignment));
  }
}

std::optional<std::string> variable_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& entry : environment) {
    if (name_in(entry) == name) return entry.substr(std::min(name.size() + 1, entry.size()));
  }
  return std::nullopt;
}

Result<void> apply_env_flag(std::vector<std::string>& environment, std::string_view text) {
  const auto pair = split_once(text, '=');
  const std::string_view name = pair ? pair->first : text;
  if (name.empty()) {
    return Error::message(concat("expected NAME=VALUE or NAME, found \"", text, "\""), EINVAL);
  }
  if (pair) {
    set_variable(environment, name, pair->second);
  } else if (name.ends_with('*')) {
    copy_matching(environment, name.substr(0, name.size() - 1));
  } else if (const char* own = ::getenv(std::string(name).c_str()); own != nullptr) {
    set_variable(environment, name, own);
  }
  return {};
}

Result<void> apply_env_file(std::vector<std::string>& environment, const std::string& path) {
  TRY_ASSIGN(const auto content, sys::read_file(path));
  std::size_t number = 0;
  for (std::string_view line : split(content, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view start = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    if (start.empty() || start.starts_with('#')) continue;
    TRY(apply_env_flag(environment, start).context(concat(path, ":", number)));
  }
  return {};
}

std::vector<std::string> container_environment(const ContainerConfig& config, const ResolvedUser& user,
                                               std::string_view hostname) {
  std::vector<std::string> environment;
  set_variable(environment, "PATH", kDefaultPath);
  if (config.terminal) set_variable(environment, "TERM", "xterm");
  set_variable(environment, "container", "berth");
  set_variable(environment, "HOSTNAME", hostname);
  set_variable(environment, "HOME", user.home);
  for (const std::string& entry : config.environment) {
    const auto pair = split_once(entry, '=');
    if (pair) set_variable(environment, pair->first, pair->second);
  }
  return environment;
}

}  // namespace berth::engine
