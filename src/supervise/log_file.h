// LogFile: the file behind a k8s-file or json-file log: appended to entry by entry, rotated by size.
//
// Entries are gathered, short ones in a scratch buffer, and written with one writev(2). Each is whole in one file: rotation
// happens between entries, and a write that the disk cut short is taken back to the last whole entry. The file
// may be a FIFO: without a reader, or with one that does not read, lines are lost and counted, nothing waits.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"
#include "supervise/gathered_write.h"
#include "supervise/log_sink.h"
#include "supervise/scratch_buffer.h"

namespace berth::supervise {

// An entry with its frame, before it is escaped; a longer line goes on in the next. Readers of both formats (kubelet,
// fluent-bit, Docker) count on entries not being much longer.
inline constexpr std::size_t kMaxEntry = 16 * 1024;

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

  // Room for an entry of at most `size` bytes at the end of the buffer (nullptr when no buffer is that large), and then
  // where the entry that was written there ends, with its newline. Rotates first when it is too much for the file.
  [[nodiscard]] char* reserve(std::size_t size) {
    const bool fits = used_ + size <= buffer_.capacity() && gathered_.has_room(kPiecesOfEntry);
    return fits ? buffer_.data() + used_ : make_room(size);
  }
  void put(const char* end) {
    char* entry = buffer_.data() + used_;
    const auto size = static_cast<std::size_t>(end - entry);
    if (limited_ && !admit(size, entry)) return;
    add(buffer_.data() + used_, size);
    used_ += size;
  }
  // An entry with a text that is cheaper written from where it is (it must live until flush()) than copied first.
  static constexpr std::size_t kReferFrom = 2048;
  void put(std::string_view head, std::string_view text, std::string_view tail);
  // Writes out what was put in.
  void flush();
  // Nothing more comes, or not soon: memory and disk that were held for it go back.
  void release() noexcept;

  // The file is cheapest to write in blocks of this size that begin at a multiple of it (the page cache then takes large
  // folios).
  static constexpr std::size_t kBlock = 512 * 1024;
  // How much text, in entries with a frame of `frame` bytes, ends such a block. To be put in after a flush().
  [[nodiscard]] std::size_t text_to_block_end(std::size_t frame) const noexcept;

  void reopen();
  void sync() noexcept;
  [[nodiscard]] const LossCount& loss() const noexcept { return loss_; }
  // Around an entry that reports the loss: settle() takes the count; when the entry cannot be written either,
  // unsettled() after flush() puts it back.
  [[nodiscard]] LossCount settle() noexcept { return std::exchange(loss_, LossCount()); }
  void unsettled(const LossCount& before) noexcept {
    if (failing_) loss_ = before;
  }

 private:
  LogFile(LogFileOptions options, ScratchBuffer buffer)
      : options_(std::move(options)),
        limited_(options_.size_max > 0 || options_.global_size_max > 0),
        buffer_(std::move(buffer)) {}
  Result<void> open_file();
  [[nodiscard]] char* make_room(std::size_t size);
  [[nodiscard]] bool admit(std::size_t size, char* entry);
  void copy(std::string_view text) noexcept;
  void add(const char* data, std::size_t size) noexcept {
    gathered_.add(data, size);
    size_ += static_cast<std::int64_t>(size);
    total_ += static_cast<std::int64_t>(size);
  }
  void rotate();
  void shift_backups();
  [[nodiscard]] GatheredWrite::Loss write_out() noexcept;
  void take_back(std::size_t bytes) noexcept;
  void reserve_ahead() noexcept;
  void give_reserve_back() noexcept;

  static constexpr std::size_t kPiecesOfEntry = 3;
  static constexpr std::int64_t kNoReserve = std::numeric_limits<std::int64_t>::max();

  LogFileOptions options_;
  bool limited_;
  ScratchBuffer buffer_;
  std::size_t used_ = 0;  // of the buffer
  GatheredWrite gathered_;
  UniqueFd file_;
  std::int64_t size_ = 0;      // of the file, with what was put in
  std::int64_t total_ = 0;     // over all files
  std::int64_t reserved_ = 0;  // how large the file may become before reserve_ahead() is asked again
  bool has_reserve_ = false;
  bool failing_ = false;
  bool torn_ = false;  // the file, which is a FIFO, ends with the beginning of an entry
  LossCount loss_;
};

}  // namespace berth::supervise
