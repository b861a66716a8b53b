// LogFile: the file behind a k8s-file or json-file log: appended to entry by entry, rotated by size.
//
// Entries are gathered in a scratch buffer and written with one write(2). Each is whole in one file: rotation
// happens between entries, and a write that the disk cut short is taken back to the last whole entry. The file
// may be a FIFO: without a reader, or with one that does not read, lines are lost and counted, nothing waits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"
#include "supervise/log_sink.h"
#include "supervise/scratch_buffer.h"

namespace berth::supervise {

// The text of one entry; a longer line goes on in the next. Readers of both formats (kubelet, fluent-bit, Docker) count
// on entries not being much longer.
inline constexpr std::size_t kMaxEntryText = 16 * 1024;

struct LogFileOptions {
  std::string path;
  std::int64_t size_max = -1;         // bytes; beyond it the file is rotated. 0 and below: none
  std::int64_t global_size_max = -1;  // bytes over all files; beyond it output is dropped, as asked
  // Old files that are kept as PATH.1 (the newest) to PATH.N; 0: the old content goes.
  int backups = 0;
};

class LogFile {
 public:
  static Result<LogFile> open(LogFileOptions options);

  // Room for an entry of at most `size` bytes at the end of the buffer; nullptr when no buffer is that large.
  [[nodiscard]] char* reserve(std::size_t size);
  // The entry that was written there ends before `end`, with its newline. Rotates first when it is too much for
  // the file.
  void put(const char* end);
  // Writes out the buffer.
  void flush();

  void reopen();
  void sync() noexcept;
  void release() noexcept { buffer_.release(); }
  [[nodiscard]] const LossCount& loss() const noexcept { return loss_; }
  // Around an entry that reports the loss: settle() takes the count; when the entry cannot be written either,
  // unsettled() after flush() puts it back.
  [[nodiscard]] LossCount settle() noexcept { return std::exchange(loss_, LossCount()); }
  void unsettled(const LossCount& before) noexcept {
    if (failing_) loss_ = before;
  }

 private:
  LogFile(LogFileOptions options, ScratchBuffer buffer)
      : options_(std::move(options)), buffer_(std::move(buffer)) {}
  Result<void> open_file();
  void rotate();
  void shift_backups();
  void lose(std::string_view entries, int code) noexcept;
  void take_back(std::size_t bytes) noexcept;

  LogFileOptions options_;
  ScratchBuffer buffer_;
  std::size_t used_ = 0;
  UniqueFd file_;
  std::int64_t size_ = 0;   // of the file, with what is in the buffer
  std::int64_t total_ = 0;  // over all files
  bool failing_ = false;
  LossCount loss_;
};

}  // namespace berth::supervise
