#include "supervise/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
static_assert(kMaxEntryText * 6 < kBuffer / 3);
}  // namespace

Result<LogFile> LogFile::open(LogFileOptions options) {
  TRY_ASSIGN(auto buffer, ScratchBuffer::make(kBuffer));
  LogFile file(std::move(options), std::move(buffer));
  TRY(file.open_file());
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

char* LogFile::reserve(std::size_t size) {
  if (size > buffer_.capacity()) return nullptr;
  if (used_ + size > buffer_.capacity()) flush();
  return buffer_.data() + used_;
}

void LogFile::put(const char* end) {
  const auto size = static_cast<std::size_t>(end - (buffer_.data() + used_));
  const auto bytes = static_cast<std::int64_t>(size);
  if (options_.global_size_max > 0 && total_ + bytes > options_.global_size_max) return;
  if (options_.size_max > 0 && size_ > 0 && size_ + bytes > options_.size_max) {
    const char* entry = buffer_.data() + used_;
    rotate();  // writes out what stands before the entry
    std::memmove(buffer_.data(), entry, size);
  }
  used_ += size;
  size_ += bytes;
  total_ += bytes;
}

void LogFile::flush() {
  std::size_t written = 0;
  int code = file_ ? 0 : EBADF;
  if (!file_ && used_ > 0) {
    // Lost at the last reopening: try again.
    auto opened = open_file();
    code = opened ? 0 : opened.error().code();
  }
  while (code == 0 && written < used_) {
    const ssize_t count = ::write(file_.get(), buffer_.data() + written, used_ - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) code = errno;
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  if (used_ > 0) failing_ = code != 0;
  if (code != 0) {
    const std::string_view all(buffer_.data(), used_);
    const auto newline = all.substr(0, written).rfind('\n');
    const std::size_t whole = newline == std::string_view::npos ? 0 : newline + 1;
    lose(all.substr(whole), code);
    take_back(written - whole);
  }
  used_ = 0;
}

void LogFile::lose(std::string_view entries, int code) noexcept {
  loss_.add(static_cast<std::uint64_t>(std::count(entries.begin(), entries.end(), '\n')), code);
  size_ -= static_cast<std::int64_t>(entries.size());
}

// Cuts the beginning of an entry off the file, whose rest did not fit.
void LogFile::take_back(std::size_t bytes) noexcept {
  struct stat info {};
  if (bytes == 0 || ::fstat(file_.get(), &info) < 0 || !S_ISREG(info.st_mode)) return;
  [[maybe_unused]] const int result = ::ftruncate(file_.get(), info.st_size - static_cast<off_t>(bytes));
}

void LogFile::rotate() {
  flush();
  if (options_.backups > 0) shift_backups();
  // Renamed over or unlinked, not truncated: a reader of the old file reads on to its end.
  if (options_.backups == 0) ignore(sys::remove_file(options_.path));
  reopen();
}

void LogFile::shift_backups() {
  const auto backup = [this](int number) { return concat(options_.path, '.', number); };
  for (int number = options_.backups; number > 1; --number)
    ::rename(backup(number - 1).c_str(), backup(number).c_str());
  if (::rename(options_.path.c_str(), backup(1).c_str()) < 0 && errno != ENOENT)
    log::warning("rotate ", options_.path, ": ", Error::sys("rename").to_string());
}

void LogFile::reopen() {
  flush();
  UniqueFd old = std::exchange(file_, UniqueFd());
  const auto old_size = size_;
  if (const auto opened = open_file(); !opened) {
    // The old file is better than none.
    log::warning("reopen log: ", opened.error().to_string());
    file_ = std::move(old);
    size_ = old_size;
  }
}

void LogFile::sync() noexcept {
  if (file_) ::fdatasync(file_.get());
}

}  // namespace berth::supervise
