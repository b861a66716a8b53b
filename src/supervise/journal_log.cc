#include "supervise/journal_log.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::supervise {

namespace {

constexpr std::size_t kShortId = 12;
constexpr int kInfo = 6;
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
  std::unique_ptr<JournalLog> log(new JournalLog);
  log->socket_path_ = std::move(socket_path);
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

JournalLog::Pending& JournalLog::pending_of(contract::LogStream stream) {
  return pending_.at(stream == contract::LogStream::out ? 0 : 1);
}

void JournalLog::write(const OutputChunk& chunk) {
  std::string& pending = pending_of(chunk.stream).line;
  std::string_view rest = chunk.data;
  for (auto newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
    if (pending.empty()) {
      send_line(chunk.stream, rest.substr(0, newline), false);
    } else {
      pending.append(rest.substr(0, newline));
      send_line(chunk.stream, pending, false);
      pending = std::string();
    }
    rest.remove_prefix(newline + 1);
  }
  pending.append(rest);
  while (pending.size() > kMaxLine) {  // what stays is never empty: the journal has no room for an empty end
    send_line(chunk.stream, std::string_view(pending).substr(0, kMaxLine), true);
    pending.erase(0, kMaxLine);
  }
}

void JournalLog::finish() {
  for (const auto stream : {contract::LogStream::out, contract::LogStream::err}) {
    std::string& pending = pending_of(stream).line;
    if (!pending.empty()) send_line(stream, pending, true);
    pending = std::string();
  }
  if (!loss_.any()) return;
  stalled_ = false;  // nobody will tell of the loss later: a journal that is busy gets another kSinkPatience
  report_loss();
}

void JournalLog::send_line(contract::LogStream stream, std::string_view line, bool partial) {
  Pending& pending = pending_of(stream);
  if (!std::exchange(pending.continues, partial))
    pending.priority = take_priority(line, stream == contract::LogStream::out ? kInfo : kError);
  if (line.empty()) line = " ";  // the journal drops an entry whose message is empty
  if (loss_.any()) report_loss();
  send_entry(pending.priority, line, partial);
}

void JournalLog::report_loss() {
  const std::string report = concat("[berth-monitor: ", loss_.to_string(), ']');
  const LossCount before = loss_;
  loss_.clear();
  send_entry(kError, report, false);
  if (loss_.any()) loss_ = before;  // still away; the report itself is no line of the payload's
}

void JournalLog::send_entry(int priority, std::string_view message, bool partial) {
  std::string entry;
  entry.reserve(message.size() + fields_.size() + 80);
  append_journal_field(entry, "MESSAGE", message);
  append(entry, "PRIORITY=", priority, '\n', fields_);
  if (partial && mark_partial_) entry.append("CONTAINER_PARTIAL_MESSAGE=true\n");
  int code = send_datagram(entry);
  if (code == EMSGSIZE || code == ENOBUFS) code = send_memfd(entry);
  if (code != 0) loss_.add(1, code);
}

int JournalLog::connect() noexcept {
  auto socket = sys::connect_socket(socket_path_, SOCK_DGRAM | SOCK_NONBLOCK);
  if (!socket) return socket.error().code();
  socket_ = std::move(*socket);
  const int size = 8 << 20;  // as sd-journal asks for; what we get is bounded by wmem_max
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return 0;
}

int JournalLog::send_datagram(std::string_view entry) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (!socket_) {
      if (const int code = connect(); code != 0) return code;
    }
    const auto sent = sys::send(socket_, entry);
    if (sent) {
      stalled_ = false;
      return 0;
    }
    if (sent.error().is(EAGAIN)) {
      pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
      const int patience =
          static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(kSinkPatience).count());
      if (::poll(&ready, 1, stalled_ ? 0 : patience) > 0) continue;
      stalled_ = true;
      return EAGAIN;
    }
    if (!sent.error().is(ECONNREFUSED) && !sent.error().is(ENOTCONN)) return sent.error().code();
    socket_.reset();  // the journal was restarted: a new socket stands at the same path
  }
  return ECONNREFUSED;
}

int JournalLog::send_memfd(std::string_view entry) {
  const UniqueFd memory(::memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return errno;
  if (const auto written = sys::write_all(memory, entry); !written) return written.error().code();
  ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  const auto sent = sys::send(socket_, {}, {FdRef(memory)});
  return sent ? 0 : sent.error().code();
}

}  // namespace berth::supervise
