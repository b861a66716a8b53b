// LogSink: where a container's output goes. One object for each --log-path.
//
// A sink never fails and never stops the payload for longer than kSinkPatience: what it cannot store is
// counted in lines (one that was read in two pieces may count twice), and when it can store again, the first thing
// that it stores is how many were lost and why.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/log_line.h"

namespace berth::supervise {

// How long one write may wait for a slow sink (the journal's socket; files do not wait).
inline constexpr auto kSinkPatience = std::chrono::seconds(1);

// What one read(2) of the payload's output gave.
struct OutputChunk {
  contract::LogStream stream = contract::LogStream::out;
  std::int64_t time_ns = 0;
  std::string_view data;  // never empty; may begin and end in the middle of a line
};

class LogSink {
 public:
  LogSink() = default;
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  virtual ~LogSink() = default;

  virtual void write(const OutputChunk& chunk) = 0;
  // How many bytes the next chunk would have at best; 0: as many as there are.
  [[nodiscard]] virtual std::size_t wanted() const { return 0; }
  // Words of the monitor's own, as an entry of stderr: "[berth-monitor: WORDS]".
  virtual void report(std::string_view /*words*/) {}
  // The file was moved away: go on in a new one.
  virtual void reopen() {}
  // The stream has ended: what was held back goes out.
  virtual void finish() {}
  // To the disk (fdatasync); after finish().
  virtual void sync() {}
  // Gives memory back; the supervisor idles.
  virtual void release() {}
};

// How the monitor's own words look among the payload's.
[[nodiscard]] std::string as_report(std::string_view words);

// Lines that a sink lost, and the words for it.
class LossCount {
 public:
  void add(std::uint64_t lines, int code) noexcept {
    lines_ += lines;
    code_ = code;
  }
  [[nodiscard]] bool any() const noexcept { return lines_ != 0; }
  // "12 lines of output were lost: No space left on device"
  [[nodiscard]] std::string to_string() const;

 private:
  std::uint64_t lines_ = 0;
  int code_ = 0;
};

}  // namespace berth::supervise
