// What a container may write: any bytes, cut anywhere, on both streams, while the file is rotated, moved away and reopened.
// Each entry can be read again, and together they are what was written. The journal's entries are of its protocol.
//
//   input: [settings] then [stream and what happens before][size][bytes] …
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "contract/log_line.h"
#include "json/utf8.h"
#include "supervise/file_log.h"
#include "supervise/journal_log.h"
#include "sys/file.h"
#include "sys/unix_socket.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

using namespace berth;
using fuzz::require;

namespace {

constexpr int kBackups = 1000;  // more than an input can fill

const std::string& directory() {
  static const fuzz::Scratch scratch("/dev/shm/berth-fuzz-log-");
  return scratch.path;
}

std::size_t index_of(contract::LogStream stream) {
  return stream == contract::LogStream::out ? 0 : 1;
}

class File {
 public:
  File(std::string_view driver, bool rotates)
      : driver_(driver), rotates_(rotates), path_(directory() + "/log") {
    auto file = supervise::LogFile::open(
        {.path = path_, .size_max = rotates ? 2048 : -1, .backups = rotates ? kBackups : 0});
    require(file.has_value());
    sink_ = supervise::make_file_log(driver_, std::move(*file));
  }
  supervise::LogSink& sink() { return *sink_; }

  void move_away() {
    if (rotates_) return;
    moved_.push_back(concat(directory(), "/moved.", moved_.size()));
    require(::rename(path_.c_str(), moved_.back().c_str()) == 0);
    sink_->reopen();
  }

  // The streams put together again from all files, which are removed.
  std::array<std::string, 2> take() {
    std::array<std::string, 2> streams;
    std::vector<std::string> files = moved_;
    for (int number = kBackups; number > 0; --number) {
      if (rotates_ && ::access(concat(path_, '.', number).c_str(), F_OK) == 0)
        files.push_back(concat(path_, '.', number));
    }
    files.push_back(path_);
    for (const std::string& file : files) {
      read(file, streams);
      require(::unlink(file.c_str()) == 0);
    }
    return streams;
  }

 private:
  void read(const std::string& file, std::array<std::string, 2>& streams) const {
    const auto text = sys::read_file(file);
    require(text.has_value() && (text->empty() || text->ends_with('\n')));
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      const auto entry =
          driver_ == "json-file" ? contract::parse_json_line(line) : contract::parse_k8s_line(line);
      require(entry.has_value());
      append(streams.at(index_of(entry->stream)), entry->text, entry->partial ? "" : "\n");
    }
  }

  std::string driver_;
  bool rotates_;
  std::string path_;
  std::unique_ptr<supervise::LogSink> sink_;
  std::vector<std::string> moved_;
};

class Journal {
 public:
  Journal() : path_(directory() + "/journal") {
    socket_ = std::move(*sys::bind_socket(path_, SOCK_DGRAM | SOCK_NONBLOCK, 0600));
    contract::MonitorOptions options;
    options.cuuid = "0123456789abcdef";
    sink_ = std::move(*supervise::JournalLog::open(options, path_));
  }

  // Line by line: the queue of a datagram socket is short, and a journal that does not read is waited for.
  void write(supervise::OutputChunk chunk) {
    std::string_view rest = chunk.data;
    while (!rest.empty()) {
      chunk.data = rest.substr(0, rest.find('\n') + 1);  // npos + 1: all of it
      if (chunk.data.empty()) chunk.data = rest;
      rest.remove_prefix(chunk.data.size());
      sink_->write(chunk);
      read();
    }
  }
  void finish() {
    sink_->finish();
    read();
  }

 private:
  void read() {
    static std::array<char, 1 << 16> entry;  // more than an input can fill
    for (ssize_t size = 1; size > 0;) {
      size = ::recv(socket_.get(), entry.data(), entry.size(), MSG_DONTWAIT);
      if (size > 0) check({entry.data(), static_cast<std::size_t>(size)});
    }
  }

  // NAME=VALUE, or NAME, the value's length in eight bytes, and the value; each with a newline behind it.
  static void check(std::string_view entry) {
    bool has_message = false;
    while (!entry.empty()) {
      const auto end = entry.find('\n');
      require(end != std::string_view::npos);
      const std::string_view line = entry.substr(0, end);
      entry.remove_prefix(end + 1);
      has_message = has_message || line == "MESSAGE" || line.starts_with("MESSAGE=");
      if (line.find('=') != std::string_view::npos) continue;
      require(entry.size() > 8);
      std::uint64_t length = 0;
      for (int i = 7; i >= 0; --i)
        length = length << 8U | static_cast<std::uint8_t>(entry[static_cast<std::size_t>(i)]);
      entry.remove_prefix(8);
      require(length < entry.size() && entry[length] == '\n');
      entry.remove_prefix(length + 1);
    }
    require(has_message);
  }

  std::string path_;
  UniqueFd socket_;
  std::unique_ptr<supervise::LogSink> sink_;
};

void tell(std::string_view input, std::uint8_t settings) {
  const bool is_json = (settings & 1U) != 0;
  const bool rotates = (settings & 2U) != 0;
  File file(is_json ? "json-file" : "k8s-file", rotates);
  Journal journal;
  std::array<std::string, 2> written;
  while (input.size() >= 2) {
    const auto how = static_cast<std::uint8_t>(input[0]);
    const bool is_long = !rotates && (how & 0x10U) != 0;  // longer than an entry may be
    const std::string_view piece = input.substr(2, static_cast<std::uint8_t>(input[1]));
    input.remove_prefix(2 + piece.size());
    if (piece.empty()) continue;
    std::string data;
    for (int i = 0; i < (is_long ? 70 : 1); ++i) data.append(piece);
    const auto stream = (how & 1U) != 0 ? contract::LogStream::err : contract::LogStream::out;
    if ((how & 2U) != 0) file.move_away();
    if ((how & 4U) != 0) file.sink().release();
    const supervise::OutputChunk chunk{.stream = stream, .time_ns = 1'000'000'000'000, .data = data};
    file.sink().write(chunk);
    if (!is_long) journal.write(chunk);
    written.at(index_of(stream)).append(data);
  }
  file.sink().finish();
  journal.finish();
  const auto read = file.take();
  for (std::size_t i = 0; i < 2; ++i) {
    const bool exact = !is_json || json::valid_utf8_prefix(written.at(i)) == written.at(i).size();
    require(!exact || read.at(i) == written.at(i));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  tell({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
