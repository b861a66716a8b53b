// The program's own diagnostics: one line a message, to stderr or to the file of runc's --log.
//
// Not for the container's output (src/supervise/ has the sinks) and not for a failure that is also returned:
// a fault is either returned or logged, never both. One write(2) a line, so that lines of several processes
// never tear. The settings are per process and set once, in main.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace berth::log {

enum class Level { debug, info, warning, error };
enum class Format {
  text,
  json
};  // json: {"level":"error","msg":"…","time":"2026-01-02T03:04:05Z"}, as runc's

// The name that opens each line on stderr ("berth-monitor: …"). The view must outlive the process: a literal.
void set_program(std::string_view name) noexcept;
// The message behind that name, unless it opens with it already, as an error of the command line does.
[[nodiscard]] std::string with_program(std::string_view message);
void set_level(Level level) noexcept;
[[nodiscard]] bool enabled(Level level) noexcept;
// From now on lines also go to `file` in `format`. Takes ownership.
void set_file(UniqueFd file, Format format) noexcept;
// Turns the lines on stderr off or on (they are on at the start).
void set_stderr(bool on) noexcept;

// Never fails: a line that cannot be written is lost.
void write(Level level, std::string_view message) noexcept;

template <class... Pieces>
void debug(const Pieces&... pieces) {
  if (enabled(Level::debug)) write(Level::debug, concat(pieces...));
}
template <class... Pieces>
void info(const Pieces&... pieces) {
  if (enabled(Level::info)) write(Level::info, concat(pieces...));
}
template <class... Pieces>
void warning(const Pieces&... pieces) {
  if (enabled(Level::warning)) write(Level::warning, concat(pieces...));
}
template <class... Pieces>
void error(const Pieces&... pieces) {
  if (enabled(Level::error)) write(Level::error, concat(pieces...));
}

}  // namespace berth::log
