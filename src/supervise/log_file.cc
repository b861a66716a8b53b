#include "supervise/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "sys/file.h"

namespace berth::supervise {

namespace {
// What one read gives, with the entries' frames. The longest entry, of json-file with each byte as \u00NN, is a quarter.
constexpr std::size_t kBuffer = 400 * 1024;
static_assert(kMaxEntry * 6 < kBuffer / 3);
static_assert(LogFile::kBlock % kMaxEntry == 0);
// A file that has grown by this much since the supervisor idled gets its next blocks from the disk in one go.
constexpr std::int64_t kBusy = 8 * 1024 * 1024;
constexpr std::int64_t kAhead = 16 * 1024 * 1024;
}  // namespace

Result<LogFile> LogFile::open(LogFileOptions options) {
  TRY_ASSIGN(auto buffer, ScratchBuffer::make(kBuffer));
  LogFile file(std::move(options), std::move(buffer));
  TRY(file.open_file());
  file.total_ = file.size_;  // as with conmon: what an earlier run has left counts
  return file;
}

Result<void> LogFile::open_file() {
  // O_NONBLOCK matters to a FIFO only.
  TRY_ASSIGN(file_, sys::open(options_.path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0600));
  struct stat info {};
  if (::fstat(file_.get(), &info) < 0) return Error::sys("fstat", options_.path);
  size_ = S_ISREG(info.st_mode) ? info.st_size : 0;
  return {};
}

char* LogFile::make_room(std::size_t size) {
  if (size > buffer_.capacity()) return nullptr;
  flush();
  return buffer_.data();
}

// Whether an entry of `size` bytes may go into the file, after a rotation if need be. What of it stands at `entry` in the
// buffer moves to where the buffer then begins.
bool LogFile::admit(std::size_t size, char* entry) {
  const auto bytes = static_cast<std::int64_t>(size);
  if (options_.global_size_max > 0 && total_ + bytes > options_.global_size_max) return false;
  if (options_.size_max > 0 && size_ > 0 && size_ + bytes > options_.size_max) {
    rotate();
    if (entry != nullptr) std::memmove(buffer_.data(), entry, size);
  }
  return true;
}

void LogFile::put(std::string_view head, std::string_view text, std::string_view tail) {
  if (limited_ && !admit(head.size() + text.size() + tail.size(), nullptr)) return;
  if (reserve(head.size() + tail.size()) == nullptr) return;
  copy(head);
  add(text.data(), text.size());
  copy(tail);
}

void LogFile::copy(std::string_view text) noexcept {
  char* at = buffer_.data() + used_;
  std::memcpy(at, text.data(), text.size());
  add(at, text.size());
  used_ += text.size();
}

void LogFile::flush() {
  if (gathered_.empty()) return;
  const GatheredWrite::Loss loss = write_out();
  used_ = 0;
  failing_ = loss.code != 0;
  if (!failing_) return;
  loss_.add(loss.entries, loss.code);
  size_ -= static_cast<std::int64_t>(loss.bytes);
  total_ -= static_cast<std::int64_t>(loss.bytes);
  take_back(loss.torn);
}

std::size_t LogFile::text_to_block_end(std::size_t frame) const noexcept {
  const std::size_t room = kBlock - static_cast<std::size_t>(size_) % kBlock;
  const std::size_t whole = room / kMaxEntry * (kMaxEntry - frame);
  const std::size_t last = room % kMaxEntry;
  if (last == 0) return whole;
  // No entry is as short as its frame: one of another length first.
  return last > frame ? whole + last - frame : kMaxEntry / 2;
}

GatheredWrite::Loss LogFile::write_out() noexcept {
  if (!file_) {
    // Lost at the last reopening: try again.
    if (const auto opened = open_file(); !opened) return gathered_.give_up(opened.error().code());
  }
  if (torn_ && ::write(file_.get(), "\n", 1) < 0) return gathered_.give_up(errno);
  torn_ = false;
  if (size_ > reserved_) reserve_ahead();
  return gathered_.write_to(file_);
}

// Blocks behind the end, which the file's size does not show. One that is rotated is small, and what is no file or too full
// does without.
void LogFile::reserve_ahead() noexcept {
  const std::int64_t from = std::exchange(reserved_, kNoReserve);
  if (limited_ || !file_) return;
  if (from == 0) {
    reserved_ = size_ + kBusy;
  } else if (::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, from, size_ + kAhead - from) == 0) {
    reserved_ = size_ + kAhead;
    has_reserve_ = true;
  }
}

// Not if somebody else has cut the file meanwhile: it would grow.
void LogFile::give_reserve_back() noexcept {
  struct stat info {};
  reserved_ = 0;
  if (!std::exchange(has_reserve_, false) || ::fstat(file_.get(), &info) < 0 || info.st_size != size_) return;
  [[maybe_unused]] const int done = ::ftruncate(file_.get(), info.st_size);
}

// Cuts the beginning of an entry off the file, whose rest did not fit. What is in a FIFO stays there: it is ended before
// the next entry, which is whole then.
void LogFile::take_back(std::size_t bytes) noexcept {
  struct stat info {};
  if (bytes == 0 || ::fstat(file_.get(), &info) < 0) return;
  torn_ = !S_ISREG(info.st_mode) || ::ftruncate(file_.get(), info.st_size - static_cast<off_t>(bytes)) < 0;
}

void LogFile::rotate() {
  flush();
  if (options_.backups > 0) shift_backups();
  // Renamed over or unlinked, not truncated: a reader of the old file reads on to its end.
  if (options_.backups == 0) ignore(sys::remove_file(options_.path));
  reopen();
}

// Only those that are there, up to the first gap: --log-max-files may be a large number.
void LogFile::shift_backups() {
  const auto backup = [this](int number) { return concat(options_.path, '.', number); };
  int last = 1;
  while (last < options_.backups && ::access(backup(last).c_str(), F_OK) == 0) ++last;
  for (int number = last; number > 1; --number) ::rename(backup(number - 1).c_str(), backup(number).c_str());
  if (::rename(options_.path.c_str(), backup(1).c_str()) < 0 && errno != ENOENT)
    log::warning("rotate ", options_.path, ": ", Error::sys("rename").to_string());
}

void LogFile::reopen() {
  flush();
  give_reserve_back();
  UniqueFd old = std::exchange(file_, UniqueFd());
  const auto old_size = size_;
  if (const auto opened = open_file(); !opened) {
    // The old file is better than none.
    log::warning("reopen log: ", opened.error().to_string());
    file_ = std::move(old);
    size_ = old_size;
  }
}

void LogFile::release() noexcept {
  give_reserve_back();
  buffer_.release();
}

void LogFile::sync() noexcept {
  if (file_) ::fdatasync(file_.get());
}

}  // namespace berth::supervise
