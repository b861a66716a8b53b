#include "supervise/journal_log.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace berth::supervise {

namespace {

constexpr std::size_t kShortId = 12;
constexpr int kError = 3;

Result<void> check_label(const std::string& label) {
  const auto name = label.substr(0, label.find('='));
  const bool good =
      name.size() < label.size() && !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (!good)
    return Error::invalid("--log-label",
                          concat("expected LABEL=VALUE with LABEL of A-Z, 0-9 and _, found \"", label, '"'));
  return {};
}

// What stands between the message and the fields that every entry has, by priority.
constexpr std::array<std::string_view, 8> kPriority = {"\nPRIORITY=0\n", "\nPRIORITY=1\n", "\nPRIORITY=2\n",
                                                       "\nPRIORITY=3\n", "\nPRIORITY=4\n", "\nPRIORITY=5\n",
                                                       "\nPRIORITY=6\n", "\nPRIORITY=7\n"};

// Takes "<N>" off the line's beginning.
int take_priority(std::string_view& line, int otherwise) {
  if (line.size() < 3 || line[0] != '<' || line[1] < '0' || line[1] > '7' || line[2] != '>') return otherwise;
  const int priority = line[1] - '0';
  line.remove_prefix(3);
  return priority;
}

}  // namespace

void append_journal_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.find('\n') == std::string_view::npos) {
    append(out, name, '=', value, '\n');
    return;
  }
  append(out, name, '\n');
  auto size = static_cast<std::uint64_t>(value.size());
  for (int i = 0; i < 8; ++i, size >>= 8U) out.push_back(static_cast<char>(size & 0xffU));  // little-endian
  append(out, value, '\n');
}

Result<std::unique_ptr<JournalLog>> JournalLog::open(const contract::MonitorOptions& options,
                                                     std::string socket_path) {
  const std::string& id = options.cuuid.empty() ? options.cid : options.cuuid;
  if (id.size() <= kShortId) return Error::invalid("--cuuid", "journald needs more than 12 characters");
  std::unique_ptr<JournalLog> log(new JournalLog(std::move(socket_path)));
  log->pending_of(contract::LogStream::out).usual = options.log_stdout_priority;
  log->pending_of(contract::LogStream::err).usual = options.log_stderr_priority;
  log->mark_partial_ = !options.no_container_partial_message;
  const std::string short_id = id.substr(0, kShortId);
  append_journal_field(log->fields_, "CONTAINER_ID_FULL", id);
  append_journal_field(log->fields_, "CONTAINER_ID", short_id);
  if (!options.name.empty()) append_journal_field(log->fields_, "CONTAINER_NAME", options.name);
  if (!options.log_tag.empty()) append_journal_field(log->fields_, "CONTAINER_TAG", options.log_tag);
  const std::string& identifier = !options.log_tag.empty() ? options.log_tag : options.name;
  append_journal_field(log->fields_, "SYSLOG_IDENTIFIER", identifier.empty() ? short_id : identifier);
  for (const std::string& label : options.log_labels) {
    TRY(check_label(label));
    const auto equals = label.find('=');
    append_journal_field(log->fields_, label.substr(0, equals), label.substr(equals + 1));
  }
  return log;
}

void JournalLog::write(const OutputChunk& chunk) {
  std::string& pending = pending_of(chunk.stream).line;
  std::string_view rest = chunk.data;
  for (auto newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
    if (pending.empty()) {
      put_line(chunk.stream, rest.substr(0, newline), false);
    } else {
      pending.append(rest.substr(0, newline));
      put_pending(chunk.stream, pending.size(), false);
    }
    rest.remove_prefix(newline + 1);
  }
  pending.append(rest);
  // What stays is never empty: the journal has no room for an empty end.
  while (pending.size() > kMaxLine) put_pending(chunk.stream, kMaxLine, true);
  socket_.flush();
}

void JournalLog::finish() {
  for (const auto stream : {contract::LogStream::out, contract::LogStream::err}) {
    if (const std::size_t size = pending_of(stream).line.size(); size > 0) put_pending(stream, size, true);
  }
  if (!socket_.loss().any()) return;
  socket_.be_patient();  // nobody will tell of the loss later
  put_loss();
  socket_.flush();
}

// The beginning of what is held, all of it or kMaxLine bytes. The socket must have sent it before it goes.
void JournalLog::put_pending(contract::LogStream stream, std::size_t size, bool partial) {
  std::string& pending = pending_of(stream).line;
  put_line(stream, std::string_view(pending).substr(0, size), partial);
  socket_.flush();
  pending = pending.substr(size);  // a string of its own: the memory of a long line goes back
}

void JournalLog::put_line(contract::LogStream stream, std::string_view line, bool partial) {
  Pending& pending = pending_of(stream);
  if (!std::exchange(pending.continues, partial)) pending.priority = take_priority(line, pending.usual);
  if (!socket_.has_room()) socket_.flush();
  put(pending.priority, line.empty() ? " " : line, partial);  // the journal drops an empty message
}

void JournalLog::put(int priority, std::string_view message, bool partial) {
  if (socket_.empty() && socket_.loss().any()) put_loss();
  const std::string_view mark = partial && mark_partial_ ? "CONTAINER_PARTIAL_MESSAGE=true\n" : "";
  socket_.add({"MESSAGE=", message, kPriority.at(static_cast<std::size_t>(priority)), fields_, mark});
}

void JournalLog::report(int priority, std::string_view words) {
  const std::string message = as_report(words);  // lives until it is sent
  put(priority, message, false);
  socket_.flush();
}

void JournalLog::put_loss() {
  loss_report_ = as_report(socket_.loss().to_string());
  socket_.add_report({"MESSAGE=", loss_report_, kPriority.at(kError), fields_, ""});
}

}  // namespace berth::supervise
