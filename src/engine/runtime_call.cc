#include "engine/runtime_call.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/value.h"
#include "sys/child.h"

namespace berth::engine {

namespace {

std::string_view last_line(std::string_view text) {
  text = trim(text);
  const auto newline = text.rfind('\n');
  return trim(newline == std::string_view::npos ? text : text.substr(newline + 1));
}

// The msg of runc's `time="…" level=error msg="…"`; the text itself when it is none.
std::string message_of_pairs(std::string_view line) {
  const auto start = line.find(" msg=\"");
  if (!line.starts_with("time=") || start == std::string_view::npos || !line.ends_with('"'))
    return std::string(line);
  line.remove_prefix(start + 6);
  line.remove_suffix(1);
  std::string message;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    message.push_back(line[i]);
  }
  return message;
}

// The "msg" of a JSON log line; the text itself when it is none.
std::string plain_message(std::string_view line) {
  if (!line.starts_with('{')) return message_of_pairs(line);
  const auto document = json::Document::parse(line, "runtime");
  std::string message;
  if (!document || !json::read(document->root(), "msg", message) || message.empty()) return std::string(line);
  return message;
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  return std::any_of(needles.begin(), needles.end(),
                     [&](std::string_view needle) { return text.find(needle) != std::string_view::npos; });
}

// berth-runtime, runc ("exec: \"x\": executable file not found in $PATH") and crun ("executable file `x` not found in
// $PATH") speak of the payload in words that a failed mount or a missing file of the host does not use.
int exit_code_of(std::string_view message) {
  const bool about_command =
      contains_any(message, {"exec: \"", ": exec /", "executable file", "exec container process", "execve",
                             "execute ", "exec user process", "exec `", "open executable"});
  if (!about_command) return kExitOurs;
  if (contains_any(message, {"not found", "No such file or directory", "no such file or directory"})) {
    return kExitNotFound;
  }
  if (contains_any(message, {"ermission denied", "xec format error", "s a directory", "not executable"})) {
    return kExitNotExecutable;
  }
  return kExitOurs;
}

}  // namespace

Error runtime_error(std::string_view message) {
  const std::string plain = plain_message(last_line(message));
  return Error::message(plain.empty() ? "the OCI runtime failed without a word" : plain)
      .with_exit_code(exit_code_of(plain));
}

Result<void> call_runtime(const contract::RuntimeCommand& command, bool ignore_stop_signals) {
  TRY_ASSIGN(const auto result,
             sys::run_program({.argv = command, .ignore_stop_signals = ignore_stop_signals}));
  if (result.status.code() == 0) return {};
  return runtime_error(result.errors);
}

}  // namespace berth::engine
