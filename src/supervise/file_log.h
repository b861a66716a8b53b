// FileLog: k8s-file and json-file: lines are cut from the stream and put into the file as entries of the Format.
//
// A line that makes an entry longer than kMaxEntry, or is read in two pieces, goes on in the stream's next entry; a
// character is never cut in two where the format is of characters. The time is that of the read(2) which brought the text.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "supervise/entry_frame.h"
#include "supervise/log_clock.h"
#include "supervise/log_file.h"
#include "supervise/log_sink.h"

namespace berth::supervise {

template <class Format>
class FileLog final : public LogSink {
 public:
  explicit FileLog(LogFile file) : file_(std::move(file)) {}
  void write(const OutputChunk& chunk) override;
  [[nodiscard]] std::size_t wanted() const override;
  void report(std::string_view words) override { report(LogClock::now(), words); }
  void reopen() override { file_.reopen(); }
  void finish() override;
  void sync() override { file_.sync(); }
  void release() override { file_.release(); }

 private:
  EntryFrames frames(std::int64_t time_ns, contract::LogStream stream) {
    return Format::frames(clock_.format(time_ns), stream);
  }
  void line(const EntryFrames& frames, const EntryFrame& last, std::string_view text);
  void put(const EntryFrame& frame, std::string_view text);
  std::string_view complete_held(const EntryFrames& frames, contract::LogStream stream,
                                 std::string_view text);
  void report(std::int64_t time_ns, std::string_view words);
  void report_loss(std::int64_t time_ns);

  std::string& held(contract::LogStream stream) { return held_[stream == contract::LogStream::out ? 0 : 1]; }

  LogFile file_;
  std::size_t frame_size_ = 0;  // of the last chunk's entries, when it had no newline
  LogClock clock_{Format::kUtc};
  std::array<std::string, 2> held_;  // by stream: the beginning of a character whose end was not read yet
};

// "k8s-file" or "json-file".
[[nodiscard]] std::unique_ptr<LogSink> make_file_log(std::string_view driver, LogFile file);

}  // namespace berth::supervise
