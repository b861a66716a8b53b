// GatheredWrite: whole log entries in several pieces of memory, given to the file with one writev(2).
//
// The pieces belong to the caller and must live until the write. Every entry ends with a newline and has no other.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"

namespace berth::supervise {

class GatheredWrite {
 public:
  // What the file did not take.
  struct Loss {
    int code = 0;               // errno; 0: nothing is lost
    std::uint64_t entries = 0;  // of which not all is in the file
    std::size_t bytes = 0;      // of these entries
    std::size_t torn = 0;       // the bytes among them that are in the file: the beginning of an entry
  };

  // A piece that follows the last one in memory becomes one with it.
  void add(const char* data, std::size_t size) noexcept {
    if (count_ > 0 && end_ == data)
      pieces_[count_ - 1].iov_len += size;
    else
      pieces_[count_++] = {.iov_base = const_cast<char*>(data), .iov_len = size};
    end_ = data + size;
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  // Whether `more` pieces fit in.
  [[nodiscard]] bool has_room(std::size_t more) const noexcept { return count_ + more <= pieces_.size(); }

  // Both leave it empty.
  Loss write_to(FdRef file) noexcept;
  Loss give_up(int code) noexcept { return end_with(0, code); }

 private:
  [[nodiscard]] ssize_t write_rest(int file, std::size_t done) noexcept;
  Loss end_with(std::size_t written, int code) noexcept;

  static constexpr std::size_t kPieces = 72;  // a read of 512 kB without a newline makes 65
  std::array<iovec, kPieces> pieces_;
  std::size_t count_ = 0;
  const char* end_ = nullptr;  // of the last piece
};

}  // namespace berth::supervise
