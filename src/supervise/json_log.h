// json-file: Docker's log format (contract/log_line.h). Times are UTC.
#pragma once

#include "supervise/log_clock.h"
#include "supervise/log_file.h"
#include "supervise/log_sink.h"

namespace berth::supervise {

class JsonLog final : public LogSink {
 public:
  explicit JsonLog(LogFile file) : file_(std::move(file)) {}
  void write(const OutputChunk& chunk) override;
  void reopen() override { file_.reopen(); }
  void finish() override;
  void sync() override { file_.sync(); }
  void release() override { file_.release(); }

 private:
  void entry(std::string_view suffix, bool partial, std::string_view text);
  void put(std::string_view suffix, bool partial, std::string_view text);
  void report_loss(std::int64_t time_ns);

  LogFile file_;
  LogClock clock_{true};
};

// `text` as the inside of a JSON string, written to `out`, which has room for six bytes a byte; returns the end.
// Bytes that are not UTF-8 become U+FFFD.
char* escape_json(char* out, std::string_view text) noexcept;

}  // namespace berth::supervise
