// journald: each line an entry of the system's journal, over its native protocol
// (systemd.io/JOURNAL_NATIVE_PROTOCOL), with conmon's fields:
//
//   MESSAGE PRIORITY CONTAINER_ID (12 characters) CONTAINER_ID_FULL CONTAINER_NAME CONTAINER_TAG
//   SYSLOG_IDENTIFIER (the tag, else the name, else the short id) CONTAINER_PARTIAL_MESSAGE=true, --log-label's
//
// PRIORITY is the stream's (6 for stdout and 3 for stderr unless configured), or what a prefix <0> to <7> of the
// line says (the prefix stays out of the message, sd-daemon(3)). A line is held until its newline, up to kMaxLine
// bytes; a longer one is cut into partial entries, all with the priority of its beginning. How they get there, and
// what becomes of them when the journal is away: JournalSocket.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "contract/monitor_command.h"
#include "supervise/journal_socket.h"
#include "supervise/log_sink.h"

namespace berth::supervise {

class JournalLog final : public LogSink {
 public:
  static constexpr std::size_t kMaxLine = 1024 * 1024;
  static constexpr std::string_view kSocket = "/run/systemd/journal/socket";

  // EINVAL for a cuuid of 12 characters or fewer and for a bad label. A journal that is not there is no error.
  static Result<std::unique_ptr<JournalLog>> open(const contract::MonitorOptions& options,
                                                  std::string socket_path = std::string(kSocket));
  void write(const OutputChunk& chunk) override;
  void report(std::string_view words) override { report(kWarning, words); }
  void finish() override;

 private:
  explicit JournalLog(std::string socket_path) : socket_(std::move(socket_path)) {}
  static constexpr int kWarning = 4;

  struct Pending {
    std::string line;        // without its end
    bool continues = false;  // the line's beginning is in the journal
    int priority = 0;        // that one's
    int usual = 0;           // of a line without a prefix
  };

  Pending& pending_of(contract::LogStream stream) {
    return pending_[stream == contract::LogStream::out ? 0 : 1];
  }
  void put_line(contract::LogStream stream, std::string_view line, bool partial);
  void put_pending(contract::LogStream stream, std::size_t size, bool partial);
  void put(int priority, std::string_view message, bool partial);
  void report(int priority, std::string_view words);
  void put_loss();

  JournalSocket socket_;
  std::string loss_report_;  // lives until it is sent
  std::string fields_;       // those that every entry has
  bool mark_partial_ = true;
  std::array<Pending, 2> pending_;
};

// One field, appended as the protocol wants it: NAME=VALUE\n, or with an explicit length when the value has a
// newline.
void append_journal_field(std::string& out, std::string_view name, std::string_view value);

}  // namespace berth::supervise
