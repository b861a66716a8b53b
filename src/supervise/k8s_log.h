// k8s-file: the CRI log format (contract/log_line.h). The time is that of the read(2) which brought the text.
#pragma once

#include "supervise/log_clock.h"
#include "supervise/log_file.h"
#include "supervise/log_sink.h"

namespace berth::supervise {

class K8sLog final : public LogSink {
 public:
  explicit K8sLog(LogFile file) : file_(std::move(file)) {}
  void write(const OutputChunk& chunk) override;
  void reopen() override { file_.reopen(); }
  void finish() override;
  void sync() override { file_.sync(); }
  void release() override { file_.release(); }

 private:
  void entry(std::string_view prefix, bool partial, std::string_view text);
  void put(std::string_view prefix, bool partial, std::string_view text);
  void report_loss(std::int64_t time_ns);

  LogFile file_;
  LogClock clock_{false};
};

}  // namespace berth::supervise
