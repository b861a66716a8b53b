#include "supervise/file_log.h"

#include <cstring>

#include "base/text.h"
#include "supervise/json_format.h"
#include "supervise/k8s_format.h"

namespace berth::supervise {

namespace {

char* copy(char* out, std::string_view text) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

}  // namespace

template <class Format>
void FileLog<Format>::write(const OutputChunk& chunk) {
  if (file_.loss().any()) report_loss(chunk.time_ns);
  const EntryFrames frames = this->frames(chunk.time_ns, chunk.stream);
  std::string_view rest = complete_held(frames, chunk.stream, chunk.data);
  frame_size_ = frames.partial.size();
  while (!rest.empty()) {
    const auto* newline = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    if (newline == nullptr) break;
    const auto length = static_cast<std::size_t>(newline - rest.data());
    frame_size_ = 0;
    line(frames, frames.full, rest.substr(0, length));
    rest.remove_prefix(length + 1);
  }
  if (const std::size_t count = Format::incomplete(rest); count > 0) {
    held(chunk.stream).assign(rest.substr(rest.size() - count));
    rest.remove_suffix(count);
  }
  if (!rest.empty()) line(frames, frames.partial, rest);
  file_.flush();
}

// Binary data and the like: it can be foreseen where a chunk's last entry ends.
template <class Format>
std::size_t FileLog<Format>::wanted() const {
  return Format::kEscapes || frame_size_ == 0 ? 0 : file_.text_to_block_end(frame_size_);
}

template <class Format>
void FileLog<Format>::line(const EntryFrames& frames, const EntryFrame& last, std::string_view text) {
  const std::size_t most = kMaxEntry - last.size();
  while (text.size() > most) {
    const std::size_t size = most - Format::incomplete(text.substr(0, most));
    put(frames.partial, text.substr(0, size));
    text.remove_prefix(size);
  }
  put(last, text);
}

template <class Format>
void FileLog<Format>::put(const EntryFrame& frame, std::string_view text) {
  if (!Format::kEscapes && text.size() >= LogFile::kReferFrom) return file_.put(frame.head, text, frame.tail);
  // The bound first; most entries that are escaped need a sixth of it.
  char* at = file_.reserve(frame.head.size() + text.size() * Format::kGrowth + frame.tail.size());
  if (at == nullptr) return;
  at = Format::encode(copy(at, frame.head), text);
  file_.put(copy(at, frame.tail));
}

// The rest of `text`, after an entry for the character whose beginning was held.
template <class Format>
std::string_view FileLog<Format>::complete_held(const EntryFrames& frames, contract::LogStream stream,
                                                std::string_view text) {
  std::string& character = held(stream);
  if (character.empty()) return text;
  while (!text.empty() && continues_character(text.front()) && Format::incomplete(character) > 0) {
    character.push_back(text.front());
    text.remove_prefix(1);
  }
  if (text.empty() && Format::incomplete(character) > 0) return text;
  put(frames.partial, character);
  character.clear();
  return text;
}

template <class Format>
void FileLog<Format>::report(std::int64_t time_ns, std::string_view words) {
  const std::string entry = as_report(words);  // as long as the file does not have it
  put(frames(time_ns, contract::LogStream::err).full, entry);
  file_.flush();
}

template <class Format>
void FileLog<Format>::report_loss(std::int64_t time_ns) {
  const LossCount loss = file_.settle();
  report(time_ns, loss.to_string());
  file_.unsettled(loss);
}

template <class Format>
void FileLog<Format>::finish() {
  if (file_.loss().any()) report_loss(LogClock::now());
  for (const auto stream : {contract::LogStream::out, contract::LogStream::err}) {
    if (!held(stream).empty()) put(frames(LogClock::now(), stream).partial, held(stream));
    held(stream).clear();
  }
  file_.flush();
  file_.release();
}

std::unique_ptr<LogSink> make_file_log(std::string_view driver, LogFile file) {
  if (driver == "json-file") return std::make_unique<FileLog<JsonFormat>>(std::move(file));
  return std::make_unique<FileLog<K8sFormat>>(std::move(file));
}

}  // namespace berth::supervise
