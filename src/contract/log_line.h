// Lines of a container's log file, written and parsed.
//
// k8s-file (the CRI log format): TIME STREAM TAG TEXT, TAG is F for a full line, P when the line goes on in
// the next entry of the same stream:
//   2026-11-21T19:03:47.123456789+00:00 stdout F hello
// json-file (Docker's): {"log":"hello\n","stream":"stdout","time":"2026-11-21T19:03:47.123456789Z"}; without
// the newline in "log" the line goes on. Bytes that are not UTF-8 become U+FFFD there, as Docker does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::contract {

enum class LogStream : unsigned char { out = 1, err = 2 };

[[nodiscard]] constexpr std::string_view to_text(LogStream stream) noexcept {
  return stream == LogStream::out ? "stdout" : "stderr";
}

struct LogLine {
  std::int64_t time_ns = 0;  // since the epoch
  LogStream stream = LogStream::out;
  bool partial = false;  // the rest follows in the next entry of this stream
  std::string text;      // without the newline
};

// RFC 3339 with nine digits. The offset is that of the host's time zone at that time; `utc` writes "Z".
[[nodiscard]] std::string format_log_time(std::int64_t time_ns, bool utc);
// Any RFC 3339 time, with or without a fraction (more than nine digits are cut).
[[nodiscard]] Result<std::int64_t> parse_log_time(std::string_view text);

// Appends one entry, newline included. `text` without its newline.
void append_k8s_line(std::string& out, std::string_view time, LogStream stream, bool partial,
                     std::string_view text);
void append_json_line(std::string& out, std::string_view time, LogStream stream, bool partial,
                      std::string_view text);

// One entry, with or without its newline. EINVAL names what was expected.
[[nodiscard]] Result<LogLine> parse_k8s_line(std::string_view line);
[[nodiscard]] Result<LogLine> parse_json_line(std::string_view line);

}  // namespace berth::contract
